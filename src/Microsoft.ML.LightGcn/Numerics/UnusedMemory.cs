namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Large arrays that nothing needs any more, at the end of a part of training.</summary>
/// <remarks>
/// Left alone, the collector takes them when it has a reason to, which may be after the next part has taken as much again. A collection looks at objects,
/// and tables are few: it takes milliseconds where a step of training takes seconds. But it looks at
/// all that the process has, so it runs only for garbage of a 64th of the heap and more.
/// </remarks>
internal static class UnusedMemory
{
    private const long WorthIt = 4 << 20;
    private const int GreatestRatio = 64;

    /// <summary>Gives the memory of unreachable arrays back.</summary>
    /// <param name="bytes">About how much there is; little is left to the collector.</param>
    public static void GiveBack(long bytes)
    {
        if (bytes >= Math.Max(WorthIt, GC.GetTotalMemory(forceFullCollection: false) / GreatestRatio))
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
