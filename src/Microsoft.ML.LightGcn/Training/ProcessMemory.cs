using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>What memory this process may have.</summary>
internal static class ProcessMemory
{
    private const string HeapLimit = "GCHeapHardLimit";

    /// <summary>
    /// The heap limit of the runtime where one is set, or else the memory of the machine or the container; of that, a share where several processes work
    /// together on one machine.
    /// </summary>
    public static long Limit(ProcessGroup processes)
    {
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        bool isOwn = GC.GetConfigurationVariables().TryGetValue(HeapLimit, out object? own) && own is not (null or 0L or 0UL);
        return isOwn ? limit : limit / processes.LocalCount;
    }
}
