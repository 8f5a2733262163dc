namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Large arrays that nothing needs any more, at the end of a part of training.</summary>
/// <remarks>
/// Left alone, the collector takes them when it has a reason to, which may be after the next part has taken as much again. A collection looks at objects,
/// and tables are few: it takes milliseconds where a step of training takes seconds. It looks at all that the process has, though, so it runs only where
/// at least a 64th of the heap is garbage.
/// </remarks>
internal static class UnusedMemory
{
    private const long WorthIt = 4 << 20;
    private const int HeapPerGarbage = 64;

    /// <summary>Gives the memory of unreachable arrays back.</summary>
    /// <param name="bytes">About how much there is; little is left to the collector.</param>
    public static void GiveBack(long bytes)
    {
        if (bytes >= Math.Max(WorthIt, GC.GetTotalMemory(forceFullCollection: false) / HeapPerGarbage))
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
