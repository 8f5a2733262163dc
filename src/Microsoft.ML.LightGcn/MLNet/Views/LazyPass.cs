namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>
/// What a pass over a data view finds, computed when the first cursor needs it, once for all the views that share it. A failed
/// computation is not remembered: the next cursor tries again.
/// </summary>
internal sealed class LazyPass<T>(Func<T> compute) where T : class
{
    private readonly Lock _lock = new();
    private volatile T? _found;

    public T? IfComputed => _found;

    public T Get()
    {
        if (_found is { } found)
            return found;
        lock (_lock)
            return _found ??= compute();
    }
}
