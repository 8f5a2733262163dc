using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Mpi.Tests;

/// <summary>What a step sends, as it is counted, against the formulas of docs/distributed.md.</summary>
public sealed class StepBytesTests
{
    [Theory]
    [InlineData(2, 112, 640, 256)]
    [InlineData(3, 40, 1000, 64)]
    [InlineData(5, 33, 100, 512)]
    public void A_step_of_sampled_softmax_sends_what_the_formula_says(int processes, int dimension, int batch, int negatives)
    {
        TrainingPlan plan = Plan(dimension, batch, new SampledSoftmaxObjective { NegativeCount = negatives });
        using ThreadTeam team = new(1);
        SoftmaxSamples samples = new(new SampleSource(plan.Interactions, plan.Settings.Positives, NegativeSampling.Uniform, plan.Settings.Seed), plan, team);
        samples.Draw(0, batch);
        // Nodes get their slots as they come, and the processes share the negatives in the order of slots.
        List<int> order = [.. samples.Nodes.ToArray().Distinct()];
        int[][] places = [.. samples.Nodes[(2 * batch)..].ToArray().Select((node, place) => (node, place)).GroupBy(entry => entry.node, entry => entry.place)
            .OrderBy(item => order.IndexOf(item.Key)).Select(item => item.ToArray())];
        long[] expected = ThreadProcesses.RunAll(processes, group =>
        {
            (int firstGroup, int endGroup) = group.OwnShareOf(samples.GroupCount);
            (int firstItem, int endItem) = group.OwnShareOf(places.Length);
            long p = processes, c = new ColumnLayout(dimension, processes).Count(group.Rank), d = dimension, b = batch, n = samples.NegativeCount;
            long s = samples.FirstOf(endGroup) - samples.FirstOf(firstGroup), g = endGroup - firstGroup;
            long own = endItem - firstItem, ownPlaces = places[firstItem..endItem].Sum(item => item.Length);
            return 4 * c * (2 * (b - s) + (p - 1) * n) + 4 * d * g * (n - ownPlaces) + 4 * (s + own) * (d - c) + 24 * s * (p - 1) + p - 1;
        });
        Assert.Equal(expected, Sent(plan, processes));
    }

    [Theory]
    [InlineData(2, 112, 640)]
    [InlineData(3, 40, 1000)]
    [InlineData(4, 21, 101)]
    public void A_step_of_BPR_sends_what_the_formula_says(int processes, int dimension, int batch)
    {
        TrainingPlan plan = Plan(dimension, batch, new BprObjective());
        long[] expected = ThreadProcesses.RunAll(processes, group =>
        {
            (int first, int end) = group.OwnShareOf(batch);
            long p = processes, c = new ColumnLayout(dimension, processes).Count(group.Rank), b = batch, s = end - first;
            return 4 * c * 3 * (b - s) + 12 * s * (p - 1) + p - 1;
        });
        Assert.Equal(expected, Sent(plan, processes));
    }

    private static TrainingPlan Plan(int dimension, int batch, TrainingObjective objective) => TestGraphs.Plan(
        TestGraphs.Random(300, 120, 4000, seed: 2),
        new LightGcnTrainer.Options { EmbeddingDimension = dimension, BatchSize = batch, Objective = objective, Neighbourhood = null, BatchL2 = 0, NumberOfThreads = 1 },
        seed: 3);

    private static long[] Sent(TrainingPlan plan, int processes) => ThreadProcesses.RunAll(processes, group =>
    {
        ColumnLayout columns = new(plan.Settings.EmbeddingDimension, processes);
        Matrix start = InitialEmbeddings.Create(plan, new ExchangedColumns(group, columns), CancellationToken.None);
        using ColumnTrainingSession session = new(plan, start, columns, group);
        long before = group.BytesSent;
        double loss = 0;
        Assert.Equal(1, session.RunSteps(0, 1, ref loss, CancellationToken.None));
        Assert.True(loss > 0);
        return group.BytesSent - before;
    });
}
