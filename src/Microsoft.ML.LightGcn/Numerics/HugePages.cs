using System.Runtime.InteropServices;
using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Asks Linux to back large tables with huge pages. Propagation reads rows at random, and with pages of 4 KiB nearly every row of
/// a large table misses the processor's address cache (TLB) before it misses the data cache. Other systems decide by themselves.
/// </summary>
internal static unsafe partial class HugePages
{
    private const nuint HugePageSize = 2 << 20;
    private const int AdviseHugePage = 14, AdviseCollapse = 25;

    private static bool s_unavailable = !OperatingSystem.IsLinux();

    /// <summary>Advises on the whole huge pages within a block of memory; does nothing where that is not possible.</summary>
    public static void Advise(void* start, nuint byteCount)
    {
        if (s_unavailable)
            return;
        nuint first = ((nuint)start + HugePageSize - 1) / HugePageSize * HugePageSize;
        nuint end = ((nuint)start + byteCount) / HugePageSize * HugePageSize;
        if (end <= first)
            return;
        try
        {
            // The first is for pages not yet touched, the second (Linux 6.1) for those that the runtime has already cleared. It
            // is advice: what the system makes of it changes no result, so neither does a refusal.
            _ = Advise((void*)first, end - first, AdviseHugePage);
            _ = Advise((void*)first, end - first, AdviseCollapse);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            s_unavailable = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
