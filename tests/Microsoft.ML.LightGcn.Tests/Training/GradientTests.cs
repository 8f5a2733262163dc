using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Graphs;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

public sealed class GradientTests
{
    private const int Dimension = 12;
    private const int BatchSize = 64;

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(0, 0.05)]
    [InlineData(1, 0.0)]
    [InlineData(2, 0.05)]
    [InlineData(3, 0.05)]
    public void The_gradient_of_the_whole_objective_equals_oracle_and_finite_differences(int layers, double l2)
    {
        BipartiteGraph graph = TestGraphs.Random(25, 20, 150, seed: 11);
        int nodes = graph.UserCount + graph.ItemCount;
        float[] weights = [.. Enumerable.Repeat(1f / (layers + 1), layers + 1)];
        double[][] start = Oracle.RandomTable(nodes, Dimension, seed: 12);
        SampleSource source = new(graph, PositiveSampling.ByUser, NegativeSampling.PopularityBiased(5, 0.5), seed: 13);
        (int, int, int)[] samples = [.. Enumerable.Range(100, BatchSize).Select(n => source.Draw(n))];

        (double loss, Matrix gradient) = RunKernels(graph, weights, start, source, l2);

        Assert.Equal(Oracle.BprLoss(graph, start, weights, samples, l2), loss, 1e-6);
        PropagationTests.AssertClose(Oracle.BprGradient(graph, start, weights, samples, l2), gradient, 1e-6);

        const double Step = 1e-5;
        Random random = new(14);
        for (int trial = 0; trial < 60; trial++)
        {
            int node = random.Next(nodes), k = random.Next(Dimension);
            double value = start[node][k];
            start[node][k] = value + Step;
            double above = Oracle.BprLoss(graph, start, weights, samples, l2);
            start[node][k] = value - Step;
            double below = Oracle.BprLoss(graph, start, weights, samples, l2);
            start[node][k] = value;
            Assert.Equal((above - below) / (2 * Step), gradient.Row(node)[k], 1e-6);
        }
    }

    [Fact]
    public void A_user_who_has_every_item_adds_nothing()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(2, 3, (0, 0), (0, 1), (0, 2), (1, 0));
        double[][] start = Oracle.RandomTable(5, Dimension, seed: 1);
        SampleSource source = new(graph, PositiveSampling.ByUser, NegativeSampling.Uniform, seed: 2);
        (int User, int Positive, int Negative)[] samples = [.. Enumerable.Range(100, BatchSize).Select(n => source.Draw(n))];
        Assert.Contains(samples, sample => sample.Negative < 0);
        Assert.Contains(samples, sample => sample.Negative >= 0);

        (double loss, Matrix gradient) = RunKernels(graph, [0.5f, 0.5f], start, source, l2: 0.01);

        Assert.Equal(Oracle.BprLoss(graph, start, [0.5f, 0.5f], samples, 0.01), loss, 1e-6);
        PropagationTests.AssertClose(Oracle.BprGradient(graph, start, [0.5f, 0.5f], samples, 0.01), gradient, 1e-6);
    }

    [Fact]
    public void Scores_far_apart_do_not_overflow()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(1, 2, (0, 0));
        SampleSource source = new(graph, PositiveSampling.ByUser, NegativeSampling.Uniform, seed: 2);
        foreach (float sign in (float[])[1, -1])
        {
            double[][] start = [[100], [sign * 100], [0]];
            (double loss, Matrix gradient) = RunKernels(graph, [1f], start, source, l2: 0, batchSize: 1);
            Assert.Equal(sign > 0 ? 0 : 10_000, loss, 1e-6);
            Assert.Equal(sign > 0 ? 0 : -100, gradient.Row(1)[0], 1e-6);
        }
    }

    private static (double Loss, Matrix Gradient) RunKernels(BipartiteGraph graph, float[] weights, double[][] start, SampleSource source, double l2, int batchSize = BatchSize)
    {
        int nodes = graph.UserCount + graph.ItemCount, dimension = start[0].Length;
        using ThreadTeam team = new(2);
        BatchGradient gradient = new(nodes, 3L * batchSize, dimension, hasBase: l2 > 0, replacesEmbeddings: false);
        BprBatch batch = new(source, gradient, TestGraphs.Plan(graph, new LightGcnTrainer.Options { Objective = new BprObjective(), BatchSize = batchSize, StepsPerEpoch = 1, BatchL2 = (float)l2 }, 1), team);
        return BatchKernels.Run(graph, weights, start, batch, gradient, team, batchSize, countBefore: batchSize);
    }
}
