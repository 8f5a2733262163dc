using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

public sealed class InitialEmbeddingsTests
{
    [Fact]
    public void A_spectral_start_spans_the_leading_singular_vectors_when_it_iterates_long_enough()
    {
        const int Dimension = 3;
        BipartiteGraph graph = TestGraphs.Random(30, 20, 160, seed: 5);
        float[][] rows = Start(graph, EmbeddingInitialization.Spectral(200, 0.2f), Dimension);

        // The leading eigenvectors of R~^T R~, by plain power iteration with deflation in double precision.
        double[][] gram = Gram(graph);
        double[][] vectors = new double[Dimension][];
        for (int k = 0; k < Dimension; k++)
            vectors[k] = LeadingVector(gram, vectors[..k]);

        // Whatever the basis, a row of given length that spans the same subspace has the same inner products with the others.
        int[] items = [.. Enumerable.Range(0, graph.ItemCount).Where(item => graph.UsersOf(item).Length > 0)];
        foreach (int i in items)
        {
            foreach (int j in items)
            {
                double[] x = [.. vectors.Select(v => v[i])], y = [.. vectors.Select(v => v[j])];
                double cosine = Oracle.Dot(x, y) / Math.Sqrt(Oracle.Dot(x, x) * Oracle.Dot(y, y));
                float[] a = rows[graph.UserCount + i], b = rows[graph.UserCount + j];
                Assert.Equal(cosine, TensorPrimitives.CosineSimilarity<float>(a, b), 1e-3);
            }
        }
        Assert.All(items, item => Assert.Equal(0.2 * Math.Sqrt(Dimension), TensorPrimitives.Norm<float>(rows[graph.UserCount + item]), 1e-5));
    }

    [Fact]
    public void A_user_starts_at_the_normalised_sum_of_the_own_items()
    {
        BipartiteGraph graph = TestGraphs.Random(30, 20, 160, seed: 5);
        Matrix items = WithTeam(2, team => ItemSubspace.Compute(graph, new ColumnShare(4), 2, 1, team, CancellationToken.None));
        float[][] rows = Start(graph, EmbeddingInitialization.Spectral(), 4);
        foreach (int user in Enumerable.Range(0, graph.UserCount).Where(user => graph.ItemsOf(user).Length > 0))
        {
            double[] sum = new double[4];
            foreach (int item in graph.ItemsOf(user))
            {
                for (int k = 0; k < 4; k++)
                    sum[k] += items.Row(item)[k] / Math.Sqrt(graph.UsersOf(item).Length);
            }
            double length = Math.Sqrt(Oracle.Dot(sum, sum));
            for (int k = 0; k < 4; k++)
                Assert.Equal(sum[k] / length * 0.2, rows[user][k], 1e-5);
        }
    }

    [Fact]
    public void Components_beyond_the_rank_of_the_graph_start_at_zero()
    {
        // Users 0 and 1 chose the same: the rank is 3 of 4 users.
        BipartiteGraph graph = TestGraphs.FromPairs(4, 3, (0, 0), (1, 0), (2, 1), (3, 2));
        float[][] rows = Start(graph, EmbeddingInitialization.Spectral(standardDeviation: 0.2f), 16);
        Assert.Equal(3, Enumerable.Range(0, 16).Count(k => rows.Any(row => row[k] != 0)));
        Assert.All(rows, row => Assert.Equal(0.2 * Math.Sqrt(3), TensorPrimitives.Norm<float>(row), 1e-5));
    }

    [Fact]
    public void Training_leaves_components_beyond_the_rank_of_the_graph_at_zero()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(4, 3, (0, 0), (1, 0), (2, 1), (3, 2), (3, 1));
        foreach (TrainingObjective objective in (TrainingObjective[])[new SampledSoftmaxObjective(), new BprObjective()])
        {
            using ITrainingSession session = TestGraphs.Start(Plan(graph, new LightGcnTrainer.Options { EmbeddingDimension = 16, Objective = objective }, null));
            float[] start = new float[7 * 16], trained = new float[7 * 16];
            session.ReadRows(TrainingTable.Embeddings, 0, start);
            double lossSum = 0;
            session.RunSteps(0, 3, ref lossSum, CancellationToken.None);
            session.ReadRows(TrainingTable.Embeddings, 0, trained);
            Assert.NotEqual(start, trained);
            int[] open = [.. Enumerable.Range(0, 16).Where(k => Enumerable.Range(0, 7).All(node => start[node * 16 + k] == 0))];
            Assert.Equal(13, open.Length);
            Assert.All(open, k => Assert.All(Enumerable.Range(0, 7), node => Assert.Equal(0, trained[node * 16 + k])));
        }
    }

    [Fact]
    public void The_learning_rate_falls_with_the_directions_that_the_graph_can_have()
    {
        // 5 users and 4 items, of which 3 and 3 have interactions; then 2 items of 3.
        BipartiteGraph graph = TestGraphs.FromPairs(5, 4, (0, 0), (1, 1), (2, 2), (2, 1));
        BipartiteGraph narrower = TestGraphs.FromPairs(5, 4, (0, 0), (1, 1), (2, 0));
        Assert.Equal(9.0 / 144, Scale(graph, EmbeddingInitialization.Spectral(), 12));
        Assert.Equal(4.0 / 144, Scale(narrower, EmbeddingInitialization.Spectral(), 12));
        Assert.Equal(1, Scale(graph, EmbeddingInitialization.Spectral(), 3));
        Assert.Equal(1, Scale(graph, EmbeddingInitialization.Spectral(), 2));
        Assert.Equal(1, Scale(graph, EmbeddingInitialization.Normal(), 12));
        Assert.Equal(1, Scale(graph, EmbeddingInitialization.XavierUniform, 12));

        static double Scale(BipartiteGraph graph, EmbeddingInitialization initialization, int dimension)
        {
            LightGcnTrainer.Options options = new() { EmbeddingDimension = dimension, Initialization = initialization, LearningRate = 0.25f };
            TrainingPlan plan = Plan(graph, options, null);
            Assert.Equal(plan.LearningRateScale * 0.25, plan.LearningRateAt(0), 1e-15);
            return plan.LearningRateScale;
        }
    }

    [Fact]
    public void A_node_without_interactions_starts_at_zero()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(3, 3, (0, 0), (0, 1), (1, 1));
        float[][] rows = Start(graph, EmbeddingInitialization.Spectral(), 8);
        Assert.All(rows[2].Concat(rows[5]), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_spectral_start_does_not_depend_on_the_number_of_threads(int threads)
    {
        BipartiteGraph graph = TestGraphs.Random(3000, 2000, 20_000, seed: 6);
        Assert.Equal(Start(graph, EmbeddingInitialization.Spectral(), 20, threads: 2), Start(graph, EmbeddingInitialization.Spectral(), 20, threads));
    }

    [Fact]
    public void A_node_that_the_model_does_not_know_starts_in_the_direction_of_its_neighbours()
    {
        // Users 0 and 1 and items 0 and 1 are known; user 2 chose both, item 2 was chosen by user 1, and user 3 and item 3 know only each other.
        BipartiteGraph graph = TestGraphs.FromPairs(4, 4, (0, 0), (1, 1), (2, 0), (2, 1), (1, 2), (3, 3));
        float[][] known = [[3, 0], [0, 4], [], [], [1, 0], [0, 2], [], []];
        float[][] rows = Start(graph, EmbeddingInitialization.Spectral(standardDeviation: 0.5f), 2, known: known);
        Assert.Equal(known[0], rows[0]);
        Assert.Equal(known[5], rows[5]);
        // Items 0 and 1 have two users each: (1, 0) + (0, 2), as long as their mean of 1.5.
        Assert.Equal(1.5 / Math.Sqrt(5), rows[2][0], 1e-6);
        Assert.Equal(3 / Math.Sqrt(5), rows[2][1], 1e-6);
        Assert.Equal(0, rows[6][0]);
        Assert.Equal(4, rows[6][1], 1e-6);
        Assert.Contains(rows[3], value => value != 0);
        Assert.NotEqual(rows[3], rows[7]);
    }

    // A full pass of few interactions, of a hundred batches, and less than one where data are dense or many.
    [Theory]
    [InlineData(1_000, 3_500, 16, 63)]
    [InlineData(20_000, 3_500, 200, 100)]
    [InlineData(44_000, 2_000, 333, 100)]
    [InlineData(200_000, 3_500, 583, 100)]
    [InlineData(400_000, 1_000_000, 4_000, 100)]
    [InlineData(4_000_000, 1_000_000, 40_000, 32)]
    [InlineData(4_000_000, 60_000, 10_000, 32)]
    [InlineData(50_000_000, 1_200_000, 1 << 17, 9)]
    [InlineData(2_000_000_000, 1_000_000_000, 1 << 17, 2)]
    public void The_batch_and_the_steps_scale_with_the_data(int interactions, int nodes, int batch, int steps)
    {
        TrainingSettings settings = new LightGcnTrainer.Options().Resolve(interactions, nodes, seed: 1);
        Assert.Equal(batch, settings.BatchSize);
        Assert.Equal(steps, settings.StepsPerEpoch ?? (interactions + batch - 1) / batch);
        Assert.Equal((77, null), SizesOf(new() { BatchSize = 77 }));
        Assert.Equal((batch, 7), SizesOf(new() { StepsPerEpoch = 7 }));

        (int, int?) SizesOf(LightGcnTrainer.Options options)
        {
            TrainingSettings given = options.Resolve(interactions, nodes, seed: 1);
            return (given.BatchSize, given.StepsPerEpoch);
        }
    }

    [Fact]
    public void A_plan_has_the_batch_of_its_graph()
    {
        BipartiteGraph graph = TestGraphs.Random(200, 150, 20_000, seed: 7);
        TrainingPlan plan = Plan(graph, new LightGcnTrainer.Options(), null);
        Assert.Equal((58, 100), (plan.Settings.BatchSize, (int)plan.StepsPerEpoch));
    }

    [Theory]
    [InlineData(2, 0.3f, 2f, 20f)]
    [InlineData(8, 0.175f, 1.15f, 1.25f)]
    [InlineData(20, 0.08f, 0.7f, 0.2f)]
    [InlineData(100, 0.08f, 0.7f, 0.008f)]
    public void Softmax_looks_less_hard_where_items_have_few_interactions(int usersOfAnItem, float temperature, float correction, float shrinkage)
    {
        // The last item has none, and does not count.
        BipartiteGraph graph = TestGraphs.FromPairs(100, 6, [.. Enumerable.Range(0, 5 * usersOfAnItem).Select(n => (n / 5, n % 5))]);
        SampledSoftmaxObjective resolved = (SampledSoftmaxObjective)Plan(graph, new LightGcnTrainer.Options(), null).Settings.Objective;
        Assert.Equal((temperature, correction, shrinkage), (resolved.Temperature!.Value, resolved.FrequencyCorrection!.Value, resolved.Shrinkage!.Value));
        SampledSoftmaxObjective given = new() { Temperature = 0.5f, FrequencyCorrection = 0, Shrinkage = 3 };
        Assert.Equal(given, Plan(graph, new LightGcnTrainer.Options { Objective = given }, null).Settings.Objective);
    }

    private static float[][] Start(BipartiteGraph graph, EmbeddingInitialization initialization, int dimension, int threads = 2, float[][]? known = null)
    {
        Matrix rows = InitialEmbeddings.Create(Plan(graph, new LightGcnTrainer.Options { EmbeddingDimension = dimension, Initialization = initialization, NumberOfThreads = threads }, known), default);
        return [.. Enumerable.Range(0, rows.RowCount).Select(node => rows.Row(node).ToArray())];
    }

    private static TrainingPlan Plan(BipartiteGraph graph, LightGcnTrainer.Options options, float[][]? known) =>
        TestGraphs.Plan(graph, options, 1, known is null ? null : new NodeTable(new NodeLayout(graph.UserCount, graph.ItemCount), options.EmbeddingDimension, (float[])[.. known.SelectMany(row => row.Length == 0 ? new float[options.EmbeddingDimension] : row)]));

    private static T WithTeam<T>(int threads, Func<ThreadTeam, T> work)
    {
        using ThreadTeam team = new(threads);
        return work(team);
    }

    private static double[][] Gram(BipartiteGraph graph)
    {
        double[][] gram = Oracle.Zeros(graph.ItemCount, graph.ItemCount);
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int i in graph.ItemsOf(user))
            {
                foreach (int j in graph.ItemsOf(user))
                    gram[i][j] += 1 / (graph.ItemsOf(user).Length * Math.Sqrt((double)graph.UsersOf(i).Length * graph.UsersOf(j).Length));
            }
        }
        return gram;
    }

    private static double[] LeadingVector(double[][] gram, double[][] before)
    {
        Random random = new(1);
        double[] v = [.. gram.Select(_ => random.NextDouble() - 0.5)];
        for (int iteration = 0; iteration < 3000; iteration++)
        {
            v = [.. gram.Select(row => Oracle.Dot(row, v))];
            foreach (double[] other in before)
            {
                double part = Oracle.Dot(v, other);
                v = [.. v.Zip(other, (x, y) => x - part * y)];
            }
            double length = Math.Sqrt(Oracle.Dot(v, v));
            v = [.. v.Select(x => x / length)];
        }
        return v;
    }
}
