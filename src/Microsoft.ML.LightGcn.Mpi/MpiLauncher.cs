using System.Globalization;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>What started this process, by what it left in the environment.</summary>
/// <param name="Name">For errors.</param>
/// <param name="LibraryNames">What its library may be called, the likeliest first.</param>
/// <param name="Advice">What to install where there is none.</param>
/// <param name="ProcessCount">How many processes it started; null where it does not say.</param>
internal sealed record MpiLauncher(string Name, string[] LibraryNames, string Advice, int? ProcessCount)
{
    private const string OpenMpiAdvice = "Install Open MPI: openmpi-bin on Debian and Ubuntu, openmpi on Fedora and Homebrew.";
    private const string MpichAdvice = "Install MPICH: mpich on Debian, Ubuntu, Fedora and Homebrew.";

    private static readonly string[] s_openMpi = OperatingSystem.IsMacOS()
        ? ["libmpi.40.dylib", "libmpi.dylib", "/opt/homebrew/lib/libmpi.dylib"]
        : ["libmpi.so.40", "libmpi.so.80", "libmpi.so"];

    private static readonly string[] s_mpich = OperatingSystem.IsWindows()
        ? ["msmpi.dll", "impi.dll"]
        : OperatingSystem.IsMacOS()
            ? ["libmpi.12.dylib", "libmpich.dylib", "libmpi.dylib", "/opt/homebrew/lib/libmpi.dylib"]
            : ["libmpich.so.12", "libmpi.so.12", "libmpi.so"];

    /// <summary>The launcher of this process.</summary>
    /// <param name="environment">Looks a variable of the environment up.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static MpiLauncher Find(Func<string, string?> environment)
    {
        if (Number("OMPI_COMM_WORLD_SIZE") is int size)
            return new MpiLauncher("Open MPI's mpirun", s_openMpi, OpenMpiAdvice, size);
        // Hydra is the launcher of MPICH, Intel MPI and MVAPICH; that of MS-MPI sets the same.
        if (Number("PMI_SIZE") is int pmiSize)
            return new MpiLauncher(OperatingSystem.IsWindows() ? "MS-MPI's mpiexec" : "MPICH's mpirun", s_mpich, MpichAdvice, pmiSize);
        if (environment("PMI_RANK") is not null || environment("PMI_FD") is not null)
            return new MpiLauncher("a launcher of MPICH's kind", [.. s_mpich, .. s_openMpi], MpichAdvice, Number("SLURM_NTASKS"));
        if (environment("PMIX_RANK") is not null)
            return new MpiLauncher("a launcher with PMIx", [.. s_openMpi, .. s_mpich], OpenMpiAdvice, Number("SLURM_NTASKS"));
        throw new InvalidOperationException(
            "No MPI launcher started this process: start it with one, for example 'mpirun -n 4 dotnet app.dll'. mpirun comes with the MPI library: "
            + $"{OpenMpiAdvice} To train in one process, leave the option Engine out.");

        int? Number(string name) =>
            int.TryParse(environment(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }
}
