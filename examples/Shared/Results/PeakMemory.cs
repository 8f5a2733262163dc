using System.Diagnostics;
using System.Globalization;

namespace LightGcn.Examples;

/// <summary>The most physical memory that this process has held.</summary>
public static class PeakMemory
{
    /// <summary>The peak of the working set since the process started, in bytes; 0 where the platform does not tell.</summary>
    /// <remarks>It never falls: to compare models, train each in a process of its own.</remarks>
    public static long Bytes()
    {
        using Process process = Process.GetCurrentProcess();
        long peak = process.PeakWorkingSet64;
        return peak > 0 || !OperatingSystem.IsLinux() ? peak : OfStatus(File.ReadLines("/proc/self/status"));
    }

    /// <summary>The "high water mark" of Linux's process status, a line such as "VmHWM:     5120 kB".</summary>
    internal static long OfStatus(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal)
                && line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [_, { } kilobytes, "kB"]
                && long.TryParse(kilobytes, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                return value * 1024;
            }
        }
        return 0;
    }
}
