using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>
/// The MPI library of the machine: which one it is, its functions, and the handles of what they take. Handles differ between libraries: those of
/// Open MPI are addresses of its symbols, those of MPICH and its kin are numbers.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The environment variable with the file of the library.</summary>
    public const string PathVariable = "LIGHTGCN_MPI_LIBRARY";

    // MPI_MAX_LIBRARY_VERSION_STRING of MPICH, the largest.
    private const int MaximumVersionLength = 8192;

    private readonly nint _library;

    private MpiLibrary(nint library, string path)
    {
        _library = library;
        Path = path;
        Version = ReadVersion();
        if (Version.Contains("Open MPI", StringComparison.Ordinal))
        {
            Kind = MpiKind.OpenMpi;
            (World, Byte, Float, Double) = (Symbol("ompi_mpi_comm_world"), Symbol("ompi_mpi_byte"), Symbol("ompi_mpi_float"), Symbol("ompi_mpi_double"));
        }
        else if (Version.Contains("MPICH", StringComparison.Ordinal) || Version.Contains("MVAPICH", StringComparison.Ordinal)
            || Version.Contains("Intel(R) MPI", StringComparison.Ordinal) || Version.Contains("Microsoft MPI", StringComparison.Ordinal))
        {
            Kind = MpiKind.Mpich;
            (World, Byte, Float, Double) = (0x44000000, 0x4c00010d, 0x4c00040a, 0x4c00080b);
        }
        else
        {
            throw new InvalidOperationException(
                $"The MPI library '{path}' calls itself '{Version}': expected Open MPI, MPICH, MVAPICH, Intel MPI or Microsoft MPI.");
        }
    }

    /// <summary>The file, or the name that the system finds it by.</summary>
    public string Path { get; }

    /// <summary>What the library says of itself, in one line.</summary>
    public string Version { get; }

    /// <summary>Whose handles it has.</summary>
    public MpiKind Kind { get; }

    /// <summary>MPI_COMM_WORLD.</summary>
    public nint World { get; }

    /// <summary>MPI_BYTE.</summary>
    public nint Byte { get; }

    /// <summary>MPI_FLOAT.</summary>
    public nint Float { get; }

    /// <summary>MPI_DOUBLE.</summary>
    public nint Double { get; }

    /// <summary>The address of a function.</summary>
    public nint Symbol(string name) => NativeLibrary.TryGetExport(_library, name, out nint address)
        ? address
        : throw new InvalidOperationException(string.IsNullOrEmpty(Version)
            ? $"'{Path}' is no MPI library: it lacks '{name}'."
            : $"The MPI library '{Path}' ({Version}) lacks '{name}'.");

    /// <summary>Loads a library.</summary>
    /// <param name="path">The file; null for that of the launcher.</param>
    /// <param name="launcher">What started this process.</param>
    /// <exception cref="InvalidOperationException">There is none, or it is of an unknown kind.</exception>
    public static MpiLibrary Load(string? path, MpiLauncher launcher)
    {
        path ??= Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } given ? given : null;
        string[] names = path is not null ? [path] : launcher.LibraryNames;
        List<string> tried = [];
        foreach (string name in names)
        {
            if (Open(name, out string reason) is var library and not 0)
                return new MpiLibrary(library, name);
            tried.Add(reason.Length > 0 ? $"{name} ({reason})" : name);
        }
        throw new InvalidOperationException(
            $"Found no MPI library of {launcher.Name}, which started this process: tried {string.Join(", ", tried)}. {launcher.Advice} "
            + $"Where it lies elsewhere, name its file in the environment variable {PathVariable}.");
    }

    private static nint Open(string name, out string reason)
    {
        reason = "";
        if (OperatingSystem.IsWindows())
            return NativeLibrary.TryLoad(name, out nint loaded) ? loaded : 0;
        // Parts of Open MPI are loaded later and look for the library's symbols among those of the process.
        const int Now = 2;
        int flags = Now | (OperatingSystem.IsMacOS() ? 8 : 0x100);
        nint library;
        try
        {
            // Called once before: finding the function itself would forget the reason.
            DlError();
            library = DlOpen(name, flags);
            reason = library == 0 ? Marshal.PtrToStringUTF8(DlError()) ?? "" : "";
        }
        catch (EntryPointNotFoundException)
        {
            // The C library of systems before 2021 has it in a library of its own.
            OldDlError();
            library = OldDlOpen(name, flags);
            reason = library == 0 ? Marshal.PtrToStringUTF8(OldDlError()) ?? "" : "";
        }
        return library;
    }

    [DllImport("libc", EntryPoint = "dlopen")]
    private static extern nint DlOpen([MarshalAs(UnmanagedType.LPUTF8Str)] string name, int flags);

    [DllImport("libc", EntryPoint = "dlerror")]
    private static extern nint DlError();

    [DllImport("libdl.so.2", EntryPoint = "dlopen")]
    private static extern nint OldDlOpen([MarshalAs(UnmanagedType.LPUTF8Str)] string name, int flags);

    [DllImport("libdl.so.2", EntryPoint = "dlerror")]
    private static extern nint OldDlError();

    private string ReadVersion()
    {
        byte[] text = new byte[MaximumVersionLength];
        int length = 0;
        fixed (byte* buffer = text)
            ((delegate* unmanaged[Cdecl]<byte*, int*, int>)Symbol("MPI_Get_library_version"))(buffer, &length);
        string version = Encoding.UTF8.GetString(text.AsSpan(0, Math.Clamp(length, 0, text.Length))).TrimEnd('\0');
        // MPICH adds how it was built, a line each.
        return string.Join(' ', version.Split('\n')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}

/// <summary>Families of MPI libraries, by their handles.</summary>
internal enum MpiKind
{
    /// <summary>Open MPI.</summary>
    OpenMpi,

    /// <summary>MPICH, and those that share its binary interface.</summary>
    Mpich,
}
