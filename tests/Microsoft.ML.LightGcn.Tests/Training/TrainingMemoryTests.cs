using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

/// <summary>What training says it will take, against what the operating system says it took.</summary>
public sealed class TrainingMemoryTests
{
    private static readonly double Mebibyte = 1024 * 1024;

    [Theory]
    [InlineData(200_000, 20_000, 128, "none")]
    [InlineData(150_000, 50_000, 100, "validation")]
    public async Task The_peak_is_what_was_said_before(int users, int items, int dimension, string validation)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("The peak of a process is read from Linux's /proc.");
        string[] arguments = [System.IO.Path.Combine(AppContext.BaseDirectory, "ResumeProcess.dll"), "memory", $"{users}", $"{items}", $"{dimension}", validation];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // Training takes about 1,234 MiB at the peak: ...
        double said = double.Parse(lines[^2].Split("about ")[1].Split(' ')[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        double grew = long.Parse(lines[^1].Split(' ')[1], CultureInfo.InvariantCulture) / Mebibyte;
        TestContext.Current.TestOutputHelper!.WriteLine($"said {said:F0} MiB, grew by {grew:F0} MiB");
        Assert.InRange(grew / said, 0.95, 1.05);
    }

    [Fact]
    public void Training_that_does_not_fit_is_refused_with_figures()
    {
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 64, Neighbourhood = null, PropagationPrecision = PropagationPrecision.Bfloat16 };
        TrainingPlan plan = TestGraphs.Plan(TestGraphs.Random(3000, 1000, 9000, 1), options, 1);
        TrainingMemory memory = new(plan, new CpuTrainingEngine(), validationUserCount: null);
        long table = 4000L * 64 * sizeof(float);
        Assert.Equal(4 * table + BatchLoss.Bytes(plan) + Propagation.ChunkBytes(64, plan.Settings.ThreadCount), memory.Session);
        memory.Check(limit: memory.Total + 100, used: memory.Graph);
        InsufficientMemoryException error = Assert.Throws<InsufficientMemoryException>(() => memory.Check(limit: 1 << 20, used: 1 << 19));
        Assert.Contains("3,000 users and 1,000 items in 64 dimensions", error.Message, StringComparison.Ordinal);
        Assert.Contains("no more than 1 MiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("EmbeddingDimension or BatchSize", error.Message, StringComparison.Ordinal);
        // Validation keeps the best epoch's embeddings, and propagates where a batch lay; the items that it packs lie in the scratch table.
        Assert.Equal(table + Math.Max(0, table - BatchLoss.Bytes(plan)), new TrainingMemory(plan, new CpuTrainingEngine(), validationUserCount: 3000).Kept);
    }

    // An automatic batch grows with the interactions; these are the largest that it can be.
    [Theory]
    [InlineData(200_000, 50_000, 256, PropagationPrecision.Bfloat16, 5)]
    [InlineData(1_000_000, 200_000, 112, PropagationPrecision.Bfloat16, 5)]
    [InlineData(50_000, 500_000, 64, PropagationPrecision.Bfloat16, 5)]
    [InlineData(200_000, 50_000, 256, PropagationPrecision.Float32, 6)]
    public void Training_takes_few_tables_and_one_more_with_validation(int users, int items, int dimension, PropagationPrecision precision, int most)
    {
        int nodes = users + items;
        LightGcnTrainer.Options options = new()
        {
            EmbeddingDimension = dimension,
            BatchSize = TrainingPlan.AutomaticBatchSize(int.MaxValue, nodes),
            StepsPerEpoch = 1,
            PropagationPrecision = precision,
        };
        TrainingPlan plan = TestGraphs.Plan(TestGraphs.FromPairs(users, items, (0, 0), (users - 1, items - 1)), options, 1);
        Assert.Equal(Math.Min(nodes / 6, 1 << 17), plan.BatchCapacity);
        double table = (double)nodes * dimension * sizeof(float);
        TrainingMemory memory = new(plan, new CpuTrainingEngine(), validationUserCount: users);
        Assert.InRange(memory.Session / table, most - 1, most);
        double buffers = Propagation.ChunkBytes(dimension, plan.Settings.ThreadCount) / table;
        Assert.InRange((memory.Session + memory.Kept) / table, most, most + 1 + buffers);
    }
}
