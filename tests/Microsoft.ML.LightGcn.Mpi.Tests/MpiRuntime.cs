using System.Diagnostics;
using System.Text.Json;

namespace Microsoft.ML.LightGcn.Mpi.Tests;

/// <summary>An MPI library of the machine, and programs under its launcher.</summary>
internal sealed record MpiRuntime(string Name, string Launcher)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    /// <summary>The runtimes that tests ask for.</summary>
    public static TheoryData<string> Names => ["openmpi", "mpich"];

    /// <summary>The runtime of a name; the test is skipped where the machine lacks it.</summary>
    public static MpiRuntime GetOrSkip(string name)
    {
        string launcher = $"mpirun.{name}";
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, launcher)));
        if (!isThere)
            Assert.Skip($"'{launcher}' is not on the PATH: install {(name == "openmpi" ? "openmpi-bin" : "mpich")} (Debian, Ubuntu).");
        return new MpiRuntime(name, launcher);
    }

    /// <summary>Runs the test program in so many processes, and returns what each says.</summary>
    public Output Run(int count, string arguments, IReadOnlyDictionary<string, string>? environment = null, Action<Process, string>? onLine = null)
    {
        ProcessStartInfo start = new(Launcher) { RedirectStandardOutput = true, RedirectStandardError = true };
        // More processes than cores, all on this machine; as root, where tests run in a container.
        string[] options = Name == "openmpi"
            ? ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "btl", "self,vader,tcp", "--mca", "btl_tcp_if_include", "lo"]
            : ["-localhost", "127.0.0.1"];
        foreach (string option in (string[])[.. options, "-n", $"{count}", "dotnet", ProgramFile, .. arguments.Split(' ')])
            start.ArgumentList.Add(option);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Run(start, onLine);
    }

    /// <summary>Runs the test program without a launcher.</summary>
    public static Output RunAlone(string arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[ProgramFile, .. arguments.Split(' ')])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Run(start, null);
    }

    private static string ProgramFile => Path.Combine(AppContext.BaseDirectory, "MpiProcess.dll");

    private static Output Run(ProcessStartInfo start, Action<Process, string>? onLine)
    {
        using Process process = Process.Start(start)!;
        List<string> lines = [], errors = [];
        process.OutputDataReceived += (_, line) => Take(lines, line.Data);
        process.ErrorDataReceived += (_, line) => Take(errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{start.FileName} {string.Join(' ', start.ArgumentList)} did not end: {string.Join('\n', lines)} {string.Join('\n', errors)}");
        }
        process.WaitForExit();
        return new Output(process.ExitCode, [.. lines], string.Join('\n', errors));

        void Take(List<string> to, string? line)
        {
            if (line is null)
                return;
            lock (to)
                to.Add(line);
            onLine?.Invoke(process, line);
        }
    }

    internal sealed record Output(int ExitCode, string[] Lines, string Errors)
    {
        /// <summary>What each process found, in the order of processes.</summary>
        public Found[] Results => ExitCode == 0
            // Open MPI gives a process a terminal of its own, which .NET greets with a control sequence before the first line.
            ? [.. Lines.Where(line => line.Contains('{', StringComparison.Ordinal)).Select(line => JsonSerializer.Deserialize<Found>(line[line.IndexOf('{', StringComparison.Ordinal)..])!).OrderBy(result => result.Rank)]
            : throw new InvalidOperationException($"exit code {ExitCode}: {string.Join('\n', Lines)}\n{Errors}");
    }

    internal sealed record Found(int Rank, int Count, string Hash, double Ndcg, long BytesSent, long BytesReceived, long Grew, double Said, double Seconds);
}
