using System.Diagnostics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

/// <summary>A real process that trains, is killed without a warning, and is started again.</summary>
public sealed class KilledProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("killed").FullName;

    private string Checkpoints => Path.Combine(_folder, "checkpoints");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("epochs", 1)]
    [InlineData("softmax", 2)]
    public async Task A_run_killed_at_random_moments_ends_with_the_bits_of_one_that_was_not(string mode, int seed)
    {
        byte[] expected = await Uninterrupted(mode);
        Random random = new(seed);
        int killed = 0;
        for (int attempt = 0; attempt < 4; attempt++)
        {
            using Process process = Start("killed", mode, threads: 1 + attempt % 2, Checkpoints);
            Assert.Equal("training", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            // At any moment: before the first step, within an epoch, while a checkpoint is written or an old one deleted.
            for (int epochs = random.Next(3); epochs > 0; epochs--)
                await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            await Task.Delay(random.Next(150), TestContext.Current.CancellationToken);
            killed += await Kill(process);
        }
        // The others ended before they could be killed, and gave the same bits again.
        Assert.InRange(killed, 1, 4);
        Assert.Equal(expected, await Finish("killed", mode, Checkpoints));
        Assert.InRange(Directory.GetFiles(Checkpoints, "*.lightgcn").Length, 1, 2);

        // When training has ended, the same run again is the last checkpoint.
        Assert.Equal(expected, await Finish("again", mode, Checkpoints));
    }

    [Fact]
    public async Task A_run_killed_within_an_epoch_goes_on_from_the_step_of_its_checkpoint()
    {
        byte[] expected = await Uninterrupted("steps");
        using (Process process = Start("killed", "steps", threads: 2, Checkpoints))
        {
            while (!process.HasExited && !(Directory.Exists(Checkpoints) && Directory.GetFiles(Checkpoints, "*.lightgcn").Length > 0))
                await Task.Delay(5, TestContext.Current.CancellationToken);
            await Kill(process);
        }
        using (CheckpointFile checkpoint = CheckpointFile.Open(Directory.GetFiles(Checkpoints, "*.lightgcn").Order().Last()))
        {
            Assert.Equal(0, checkpoint.Progress.Epoch);
            Assert.InRange(checkpoint.Progress.Step, 1, 2499);
        }
        Assert.Equal(expected, await Finish("killed", "steps", Checkpoints));
    }

    private async Task<byte[]> Uninterrupted(string mode) => await Finish("whole", mode);

    private async Task<byte[]> Finish(string result, string mode, params string[] checkpoints)
    {
        using Process process = Start(result, mode, threads: 2, checkpoints);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return await File.ReadAllBytesAsync(Path.Combine(_folder, result), TestContext.Current.CancellationToken);
    }

    private Process Start(string result, string mode, int threads, params string[] checkpoints)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "ResumeProcess.dll"), Path.Combine(_folder, result), mode, $"{threads}", .. checkpoints];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>Kills a process (SIGKILL where there are signals); 1 when it still ran.</summary>
    private static async Task<int> Kill(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? 0 : 1;
    }
}
