using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Graphs;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

public sealed class SampledSoftmaxTests
{
    private const int BatchSize = 70;
    private const int Negatives = 32;

    [Theory]
    [InlineData(0, 0.0, 16, 0.7f)]
    [InlineData(1, 0.0, 16, 1f)]
    [InlineData(2, 0.0, 12, 0f)]
    [InlineData(3, 0.05, 40, 0.7f)]
    public void The_gradient_of_the_whole_objective_equals_finite_differences(int layers, double l2, int dimension, float correction)
    {
        BipartiteGraph graph = TestGraphs.Random(25, 20, 150, seed: 11);
        int nodes = graph.UserCount + graph.ItemCount;
        float[] weights = [.. Enumerable.Repeat(1f / (layers + 1), layers + 1)];
        double[][] start = Oracle.RandomTable(nodes, dimension, seed: 12);
        SampleSource source = new(graph, PositiveSampling.ByInteraction, NegativeSampling.Uniform, seed: 13);
        SampledSoftmaxObjective objective = new() { Temperature = 0.3f, NegativeCount = Negatives, FrequencyCorrection = correction };

        (double loss, Matrix gradient) = RunKernels(graph, weights, start, source, objective, l2, threads: 2);
        Assert.Equal(Loss(graph, start, weights, source, correction, l2), loss, 1e-6);

        const double Step = 1e-5;
        Random random = new(14);
        for (int trial = 0; trial < 100; trial++)
        {
            int node = random.Next(nodes), k = random.Next(dimension);
            double value = start[node][k];
            start[node][k] = value + Step;
            double above = Loss(graph, start, weights, source, correction, l2);
            start[node][k] = value - Step;
            double below = Loss(graph, start, weights, source, correction, l2);
            start[node][k] = value;
            Assert.Equal((above - below) / (2 * Step), gradient.Row(node)[k], 2e-6);
        }
        float[] one = gradient.ToArray(0, nodes);
        Assert.Equal(one, RunKernels(graph, weights, start, source, objective, l2, threads: 1).Gradient.ToArray(0, nodes));
        Assert.Equal(one, RunKernels(graph, weights, start, source, objective, l2, threads: 7).Gradient.ToArray(0, nodes));
    }

    [Fact]
    public void A_low_temperature_does_not_overflow()
    {
        BipartiteGraph graph = TestGraphs.Random(25, 20, 150, seed: 11);
        double[][] start = Oracle.RandomTable(45, 16, seed: 12);
        SampleSource source = new(graph, PositiveSampling.ByInteraction, NegativeSampling.Uniform, seed: 13);
        (double loss, Matrix gradient) = RunKernels(graph, [1f], start, source, new() { Temperature = 0.002f, NegativeCount = Negatives }, 0, threads: 2);
        Assert.True(double.IsFinite(loss) && loss > 1);
        Assert.All(gradient.ToArray(0, 45), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void A_batch_of_one_has_room_for_negatives_that_are_rounded_up()
    {
        BipartiteGraph graph = TestGraphs.Random(25, 40, 200, seed: 11);
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 8, BatchSize = 1, StepsPerEpoch = 50, Objective = new SampledSoftmaxObjective { NegativeCount = 1 } };
        using ITrainingSession session = TestGraphs.Start(TestGraphs.Plan(graph, options, 3));
        double lossSum = 0;
        Assert.Equal(50, session.RunSteps(0, 50, ref lossSum, CancellationToken.None));
        Assert.True(double.IsFinite(lossSum));
    }

    [Fact]
    public void Shared_negatives_are_drawn_in_proportion_to_how_often_an_item_was_chosen()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(4, 3, (0, 0), (1, 0), (2, 0), (3, 1));
        SampleSource source = new(graph, PositiveSampling.ByInteraction, NegativeSampling.Uniform, seed: 1);
        int[] counts = new int[3];
        for (long batch = 0; batch < 40; batch++)
        {
            foreach (int item in DrawnNegatives(graph, source, batch * 100, 1000))
                counts[item]++;
        }
        Assert.Equal(0, counts[2]);
        Assert.InRange(counts[0], 29_400, 30_600);
        Assert.NotEqual(DrawnNegatives(graph, source, 0, 50), DrawnNegatives(graph, source, 100, 50));
    }

    private static int[] DrawnNegatives(BipartiteGraph graph, SampleSource source, long firstSample, int count)
    {
        RandomStream random = source.NegativesStream(firstSample);
        int[] items = new int[count];
        for (int place = 0; place < count; place++)
            items[place] = graph.ByUser.Indices.Span[random.Next(graph.InteractionCount)];
        return items;
    }

    /// <summary>The objective as its formula says, in double precision.</summary>
    private static double Loss(BipartiteGraph graph, double[][] embeddings, float[] weights, SampleSource source, double correction, double l2)
    {
        double[][] e = Oracle.Propagate(graph, embeddings, weights);
        int[] negatives = DrawnNegatives(graph, source, 100, Negatives);
        double sum = 0;
        for (int s = 0; s < BatchSize; s++)
        {
            (int user, int positive) = source.DrawPositive(100 + s);
            int node = graph.UserCount + positive;
            double term = Term(user, positive);
            double total = term;
            foreach (int item in negatives)
                total += graph.ItemsOf(user).Contains(item) ? 0 : Term(user, item);
            sum -= Math.Log(term / total);
            sum += l2 / 2 * (Oracle.Dot(embeddings[user], embeddings[user]) + Oracle.Dot(embeddings[node], embeddings[node]));
        }
        return sum / BatchSize;

        double Term(int user, int item) => Math.Exp(Cosine(e[user], e[graph.UserCount + item]) / 0.3f) / Math.Pow(graph.UsersOf(item).Length, correction);

        static double Cosine(double[] x, double[] y) => Oracle.Dot(x, y) / Math.Sqrt(Oracle.Dot(x, x) * Oracle.Dot(y, y));
    }

    private static (double Loss, Matrix Gradient) RunKernels(BipartiteGraph graph, float[] weights, double[][] start, SampleSource source, SampledSoftmaxObjective objective, double l2, int threads)
    {
        int nodes = graph.UserCount + graph.ItemCount, dimension = start[0].Length;
        using ThreadTeam team = new(threads);
        BatchGradient gradient = new(nodes, 2L * BatchSize + Negatives, dimension, hasBase: l2 > 0, replacesEmbeddings: true);
        SampledSoftmaxBatch batch = new(source, gradient, TestGraphs.Plan(graph, new LightGcnTrainer.Options { Objective = objective, BatchSize = BatchSize, StepsPerEpoch = 1, BatchL2 = (float)l2 }, 1), team);
        return BatchKernels.Run(graph, weights, start, batch, gradient, team, BatchSize, countBefore: BatchSize - 5);
    }
}
