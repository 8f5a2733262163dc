namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>
/// Temporary copies of model files, which are mapped in the originals' place. Where the system lets go of the name of a mapped file, a copy has none soon
/// after it was made, and its room is free when the model is collected. Windows does not: there a copy is deleted once nothing maps it any more.
/// </summary>
internal sealed class ModelCopies
{
    private readonly Lock _lock = new();
    private readonly List<string> _inUse = [];

    /// <summary>Deletes a copy, now or in a later <see cref="Sweep"/>.</summary>
    public void Delete(string copy)
    {
        lock (_lock)
            _inUse.Add(copy);
        Sweep();
    }

    /// <summary>Deletes the copies that are no longer in use.</summary>
    public void Sweep()
    {
        lock (_lock)
            _inUse.RemoveAll(TryDelete);
    }

    private static bool TryDelete(string copy)
    {
        try
        {
            File.Delete(copy);
            return true;
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
