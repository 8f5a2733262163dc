using System.Diagnostics;

namespace Microsoft.ML.LightGcn.Mpi.Tests;

/// <summary>Programs under mpirun, with the MPI libraries of the machine.</summary>
public sealed class MpiRunTests
{
    public static TheoryData<string> Runtimes => MpiRuntime.Names;

    public static TheoryData<string, bool> RuntimesWithAndWithoutValidation => [.. MpiRuntime.Names.SelectMany(row => (bool[])[false, true], (row, validation) => (row.Data, validation))];

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_model_has_the_bits_of_the_plain_engine(string runtime)
    {
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        foreach (string objective in (string[])["softmax", "bpr", "relations"])
        {
            string arguments = $"{objective} evaluate=1";
            MpiRuntime.Found expected = MpiRuntime.RunAlone($"cpu {arguments}").Results[0];
            foreach (int count in objective == "softmax" ? (int[])[1, 2, 3, 4] : [2, 4])
            {
                MpiRuntime.Found[] found = mpi.Run(count, $"mpi {arguments}").Results;
                Assert.Equal(Enumerable.Range(0, count), found.Select(result => result.Rank));
                Assert.All(found, result => Assert.Equal((count, expected.Hash, expected.Ndcg), (result.Count, result.Hash, result.Ndcg)));
                // What one sends another receives.
                Assert.Equal(found.Sum(result => result.BytesSent), found.Sum(result => result.BytesReceived));
                Assert.Equal(count > 1, found[0].BytesSent > 0);
                if (count < 4)
                    continue;
                string file = Path.Combine(Directory.CreateTempSubdirectory("lightgcn-mpi").FullName, "model.safetensors");
                Assert.All(
                    mpi.Run(count, $"mpi {arguments} model={file}").Results, result => Assert.Equal((expected.Hash, expected.Ndcg), (result.Hash, result.Ndcg)));
                Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
            }
        }
    }

    [Fact]
    public void The_code_of_the_page_is_what_a_test_runs() =>
        ShownCode.AssertIn("docs/distributed.md", "../MpiProcess/Documented.cs", "DISTRIBUTED", parts: 2);

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_code_of_the_page_works_as_written(string runtime)
    {
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
        MpiRuntime.Output output = mpi.Run(2, $"mpi documented folder={folder}");
        Assert.True(output.ExitCode == 0, output.Errors);
        Assert.Equal(2, output.Lines.Count(line => line.Contains("NDCG@10 0.", StringComparison.Ordinal)));
        // The same seed and data: the file is the same, whoever wrote it.
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "model.safetensors")), File.ReadAllBytes(Path.Combine(folder, "shared.safetensors")));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Shares_of_the_rows_give_the_model_of_all_rows(string runtime)
    {
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        string expected = MpiRuntime.RunAlone("cpu softmax").Results[0].Hash;
        Assert.Equal(Enumerable.Repeat(expected, 4), mpi.Run(4, "mpi softmax shares=1 differ=threads").Results.Select(result => result.Hash));
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void What_differs_or_fails_ends_the_job_with_a_message(string runtime)
    {
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        Assert.Contains("seed is 1 in process 0 and 2 in process 1", Failed("differ=seed"), StringComparison.Ordinal);
        Assert.Contains("process 0 has 200 item keys", Failed("differ=keys"), StringComparison.Ordinal);
        Assert.Contains("option EmbeddingDimension is 40 in process 0 and 48 in process 1", Failed("differ=options"), StringComparison.Ordinal);
        Assert.Contains("row 100 is damaged", Failed("differ=crash"), StringComparison.Ordinal);

        string Failed(string how)
        {
            MpiRuntime.Output output = mpi.Run(2, $"mpi softmax {how}");
            Assert.NotEqual(0, output.ExitCode);
            return output.Errors;
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_killed_process_ends_the_job_and_its_checkpoint_resumes_to_the_same_bits(string runtime)
    {
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        const string Run = "softmax epochs=300 steps=5";
        string expected = MpiRuntime.RunAlone($"cpu {Run}").Results[0].Hash;
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
        try
        {
            DateTime killed = default;
            MpiRuntime.Output output = mpi.Run(3, $"mpi {Run} wait=1 checkpoints={folder}", onLine: (_, line) =>
            {
                if (line != "epoch 20" || killed != default)
                    return;
                killed = DateTime.UtcNow;
                Process[] workers = [.. Process.GetProcesses().Where(process => IsWorker(process, folder))];
                Assert.Equal(3, workers.Length);
                workers[1].Kill();
            });
            Assert.NotEqual(default, killed);
            Assert.NotEqual(0, output.ExitCode);
            Assert.InRange((DateTime.UtcNow - killed).TotalSeconds, 0, 30);
            Assert.NotEmpty(output.Errors + string.Concat(output.Lines));
            // The others have gone with it.
            Assert.DoesNotContain(Process.GetProcesses(), process => IsWorker(process, folder));
            Assert.NotEmpty(Directory.GetFiles(folder, "*.lightgcn"));
            Assert.Equal([expected, expected], mpi.Run(2, $"mpi {Run} checkpoints={folder}").Results.Select(result => result.Hash));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Tables that do not fit one process fit four: each has a quarter of them.</summary>
    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Where_one_process_has_no_room_four_have(string runtime)
    {
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        // 240,000 nodes of 128 components: a table takes 117 MiB, one process 4 of them and the batches, 4 processes at most 3 and a half.
        const string Run = "bpr users=200000 items=40000 perUser=3 dimension=128 epochs=1 steps=3";
        Dictionary<string, string> limit = new() { ["DOTNET_GCHeapHardLimit"] = (440L << 20).ToString("X", System.Globalization.CultureInfo.InvariantCulture) };
        MpiRuntime.Output alone = mpi.Run(1, $"mpi {Run}", limit);
        Assert.NotEqual(0, alone.ExitCode);
        Assert.Contains("the limit of this process", alone.Errors, StringComparison.Ordinal);
        MpiRuntime.Found[] together = mpi.Run(4, $"mpi {Run}", limit).Results;
        Assert.Equal(4, together.Length);
        Assert.All(together, result => Assert.Equal(together[0].Hash, result.Hash));
        // Without a limit one process trains the same.
        Assert.Equal(MpiRuntime.RunAlone($"cpu {Run}").Results[0].Hash, together[0].Hash);
    }

    /// <summary>A model that fits no process, neither at the start nor at the end, in a file.</summary>
    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Where_the_model_fits_no_process_four_write_it_to_a_file(string runtime)
    {
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        // A table takes 117 MiB: the start, and the model in memory, two of them and more.
        const string Run = "bpr users=200000 items=40000 perUser=3 dimension=128 epochs=1 steps=3";
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName, path = Path.Combine(folder, "model.safetensors");
        try
        {
            Dictionary<string, string> limit = new() { ["DOTNET_GCHeapHardLimit"] = (340L << 20).ToString("X", System.Globalization.CultureInfo.InvariantCulture) };
            MpiRuntime.Output whole = mpi.Run(4, $"mpi {Run}", limit);
            Assert.NotEqual(0, whole.ExitCode);
            Assert.Contains("the limit of this process", whole.Errors, StringComparison.Ordinal);
            MpiRuntime.Found[] found = mpi.Run(4, $"mpi {Run} model={path}", limit).Results;
            string expected = MpiRuntime.RunAlone($"cpu {Run}").Results[0].Hash;
            Assert.Equal(Enumerable.Repeat(expected, 4), found.Select(result => result.Hash));
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(RuntimesWithAndWithoutValidation))]
    public void Processes_take_what_Fit_says(string runtime, bool withValidation)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("The peak of a process is read from Linux's /proc.");
        MpiRuntime mpi = MpiRuntime.GetOrSkip(runtime);
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
        try
        {
            // A table takes 195 MiB, and a process has half of it. Items are few, as not all of them find as many neighbours as there is room for.
            MpiRuntime.Found[] found = mpi.Run(
                2, $"mpi softmax users=385000 items=15000 perUser=2 dimension=128 epochs=2 steps=2 memory=1 "
                + $"validation={(withValidation ? 1 : 0)} model={Path.Combine(folder, "model.safetensors")}").Results;
            double said = found[0].Said;
            foreach (MpiRuntime.Found process in found)
            {
                double grew = process.Grew / (1024.0 * 1024);
                TestContext.Current.TestOutputHelper!.WriteLine($"said {said:F0} MiB, process {process.Rank} grew by {grew:F0} MiB");
                Assert.InRange(grew / said, 0.95, 1.05);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Without_a_launcher_there_is_a_message_that_says_how_to_start()
    {
        MpiRuntime.Output output = MpiRuntime.RunAlone("mpi softmax");
        Assert.NotEqual(0, output.ExitCode);
        Assert.Contains("No MPI launcher started this process: start it with one, for example 'mpirun -n 4 dotnet app.dll'.", output.Errors, StringComparison.Ordinal);
        Assert.Contains("openmpi-bin", output.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_library_there_is_a_message_that_says_what_to_install()
    {
        MpiRuntime.Output output = MpiRuntime.RunAlone(
            "mpi softmax", new Dictionary<string, string> { ["OMPI_COMM_WORLD_SIZE"] = "2", ["LIGHTGCN_MPI_LIBRARY"] = "/nowhere/libmpi.so" });
        Assert.NotEqual(0, output.ExitCode);
        Assert.Contains("Found no MPI library of Open MPI's mpirun, which started this process: tried /nowhere/libmpi.so (", output.Errors, StringComparison.Ordinal);
        // A library of something else.
        output = MpiRuntime.RunAlone("mpi softmax", new Dictionary<string, string> { ["OMPI_COMM_WORLD_SIZE"] = "2", ["LIGHTGCN_MPI_LIBRARY"] = "libc.so.6" });
        Assert.NotEqual(0, output.ExitCode);
        Assert.Contains("'libc.so.6' is no MPI library: it lacks 'MPI_Get_library_version'", output.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_of_another_launcher_is_refused()
    {
        MpiRuntime openMpi = MpiRuntime.GetOrSkip("openmpi");
        MpiRuntime.GetOrSkip("mpich");
        MpiRuntime.Output output = openMpi.Run(2, "mpi softmax", new Dictionary<string, string> { ["LIGHTGCN_MPI_LIBRARY"] = "libmpich.so.12" });
        Assert.NotEqual(0, output.ExitCode);
        Assert.Contains("Open MPI's mpirun started 2 processes, but the MPI library 'libmpich.so.12'", output.Errors, StringComparison.Ordinal);
    }

    /// <summary>The processes themselves, and not the launcher, whose arguments are the same and more.</summary>
    private static bool IsWorker(Process process, string folder)
    {
        try
        {
            string[] arguments = File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0');
            return arguments[0].EndsWith("dotnet", StringComparison.Ordinal) && arguments.Any(argument => argument.Contains(folder, StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has just ended.
            return false;
        }
    }
}
