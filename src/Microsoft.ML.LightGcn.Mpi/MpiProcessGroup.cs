using System.Runtime.InteropServices;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>All processes that an MPI launcher started: MPI_COMM_WORLD.</summary>
internal sealed unsafe class MpiProcessGroup : ProcessGroup
{
    // MPI_THREAD_SERIALIZED: any thread may call, one at a time. Fit may run on another thread than Main.
    private const int Serialized = 2;

    private readonly MpiLibrary _library;
    private readonly delegate* unmanaged[Cdecl]<void*, int*, int*, nint, void*, int*, int*, nint, nint, int> _allToAll;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, void*, int*, int*, nint, nint, int> _allGather;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, int> _broadcast;

    private MpiProcessGroup(MpiLibrary library)
    {
        _library = library;
        _allToAll = (delegate* unmanaged[Cdecl]<void*, int*, int*, nint, void*, int*, int*, nint, nint, int>)library.Symbol("MPI_Alltoallv");
        _allGather = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int*, int*, nint, nint, int>)library.Symbol("MPI_Allgatherv");
        _broadcast = (delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, int>)library.Symbol("MPI_Bcast");
        int rank = 0, count = 0;
        Check("MPI_Comm_rank", ((delegate* unmanaged[Cdecl]<nint, int*, int>)library.Symbol("MPI_Comm_rank"))(library.World, &rank));
        Check("MPI_Comm_size", ((delegate* unmanaged[Cdecl]<nint, int*, int>)library.Symbol("MPI_Comm_size"))(library.World, &count));
        (Rank, Count) = (rank, count);
        // Here, where all processes are: what asks for it later may be asked in some of them alone.
        LocalCount = CountSame(Environment.MachineName);
        ProcessorSharerCount = CountSame($"{Environment.MachineName} {AllowedProcessors()}");
    }

    public override int Rank { get; }

    public override int Count { get; }

    internal override int LocalCount { get; }

    internal override int ProcessorSharerCount { get; }

    /// <summary>Starts MPI in this process.</summary>
    /// <param name="path">File of the library; null for that of the launcher.</param>
    /// <exception cref="InvalidOperationException">There is no launcher, no library, or one of another launcher.</exception>
    public static MpiProcessGroup Join(string? path)
    {
        MpiLauncher launcher = MpiLauncher.Find(Environment.GetEnvironmentVariable);
        KeepSignals();
        MpiLibrary library = MpiLibrary.Load(path, launcher);
        int provided = 0;
        var init = (delegate* unmanaged[Cdecl]<int*, byte***, int, int*, int>)library.Symbol("MPI_Init_thread");
        Check("MPI_Init_thread", init(null, null, Serialized, &provided));
        MpiProcessGroup group = new(library);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => group.Leave();
        if (provided < Serialized)
            throw new InvalidOperationException(
                $"The MPI library '{library.Path}' ({library.Version}) serves one thread alone: expected MPI_THREAD_SERIALIZED. "
                + "Install one that was built with threads.");
        if (launcher.ProcessCount is int expected && expected != group.Count)
            throw new InvalidOperationException(
                $"{launcher.Name} started {expected:N0} processes, but the MPI library '{library.Path}' ({library.Version}) knows of {group.Count:N0}: it is "
                + $"another's. Start the program with the mpirun of that library, or name the launcher's in {MpiLibrary.PathVariable}.");
        return group;
    }

    private protected override void Exchange(
        void* send, ReadOnlySpan<int> sendCounts, void* receive, ReadOnlySpan<int> receiveCounts, int elementSize)
    {
        (nint type, int units) = TypeOf(elementSize);
        int[] sends = Scale(sendCounts, units), receives = Scale(receiveCounts, units);
        fixed (int* s = sends, sAt = Starts(sends), r = receives, rAt = Starts(receives))
            Check("MPI_Alltoallv", _allToAll(send, s, sAt, type, receive, r, rAt, type, _library.World));
    }

    private protected override void Gather(void* own, void* all, ReadOnlySpan<int> counts, int elementSize)
    {
        (nint type, int units) = TypeOf(elementSize);
        int[] receives = Scale(counts, units), starts = Starts(receives);
        // MPI forbids that what is sent lies in what is received: then it lies at its own place, and goes by way of a copy.
        long start = (long)starts[Rank] * elementSize / units, length = (long)receives[Rank] * elementSize / units;
        bool overlaps = own < (byte*)all + ((long)starts[^1] + receives[^1]) * elementSize / units && (byte*)own + length > all;
        void* copy = overlaps && length > 0 ? NativeMemory.Alloc((nuint)length) : null;
        try
        {
            if (copy is not null)
                Buffer.MemoryCopy(own, copy, length, length);
            fixed (int* r = receives, rAt = starts)
                Check("MPI_Allgatherv", _allGather(copy is not null ? copy : own, receives[Rank], type, all, r, rAt, type, _library.World));
        }
        finally
        {
            NativeMemory.Free(copy);
        }
    }

    private protected override void Broadcast(void* values, int count, int elementSize, int from)
    {
        (nint type, int units) = TypeOf(elementSize);
        Check("MPI_Bcast", _broadcast(values, checked(count * units), type, from, _library.World));
    }

    private int CountSame(string own) => GatherTexts(own).Count(other => other == own);

    /// <summary>The processors that the launcher has bound this process to, as Linux writes them; empty on other systems.</summary>
    private static string AllowedProcessors() => OperatingSystem.IsLinux() && File.Exists("/proc/self/status")
        ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)) ?? ""
        : "";

    /// <summary>Values are only moved: any type of the size will do, and bytes for the others.</summary>
    private (nint Type, int Units) TypeOf(int elementSize) => elementSize switch
    {
        sizeof(float) => (_library.Float, 1),
        sizeof(double) => (_library.Double, 1),
        _ => (_library.Byte, elementSize),
    };

    private static int[] Scale(ReadOnlySpan<int> counts, int units)
    {
        int[] scaled = counts.ToArray();
        for (int rank = 0; rank < scaled.Length; rank++)
            scaled[rank] = checked(scaled[rank] * units);
        return scaled;
    }

    private static int[] Starts(int[] counts)
    {
        int[] starts = new int[counts.Length];
        for (int rank = 1; rank < starts.Length; rank++)
            starts[rank] = checked(starts[rank - 1] + counts[rank - 1]);
        return starts;
    }

    /// <summary>Open MPI would take over the signals of faults, which the runtime makes exceptions of.</summary>
    private static void KeepSignals()
    {
        if (OperatingSystem.IsWindows())
            return;
        // The runtime's own copy of the environment is not what the library reads.
        _ = SetVariable("OMPI_MCA_opal_signal", "", 1);
        _ = SetVariable("UCX_ERROR_SIGNALS", "", 1);
    }

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    /// <summary>
    /// Leaves in peace where the program ended well. Where it did not, others may wait for this process in vain: MPI then ends them too.
    /// </summary>
    private void Leave()
    {
        if (Environment.ExitCode != 0)
            ((delegate* unmanaged[Cdecl]<nint, int, int>)_library.Symbol("MPI_Abort"))(_library.World, Environment.ExitCode);
        else
            ((delegate* unmanaged[Cdecl]<int>)_library.Symbol("MPI_Finalize"))();
    }

    private static void Check(string function, int result)
    {
        if (result != 0)
            throw new InvalidOperationException($"{function} failed: MPI error {result}.");
    }
}
