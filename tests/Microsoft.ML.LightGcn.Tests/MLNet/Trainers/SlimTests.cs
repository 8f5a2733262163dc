using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Training;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class SlimTests
{
    private static readonly MLContext Ml = new(1);

    [Theory]
    [InlineData(20, 10, 3, 1, 0, 0, 0)]
    [InlineData(40, 57, 10, 10, 0.5f, 0.2f, 0.2f)]
    [InlineData(90, 300, 20, 5, 1, 1, 0.5f)]
    [InlineData(60, 30, 100, 20, 0.3f, 0.1f, 0)]
    // So many items that their rows of co-occurrences are lists.
    [InlineData(30, 700, 4, 5, 0.5f, 0.1f, 0.2f)]
    public void Equals_the_double_oracle_and_survives_the_file(int users, int items, int count, float lambda, float beta, float alpha, float dropout)
    {
        BipartiteGraph graph = TestGraphs.Random(users, items, users * 8, seed: items);
        ItemSimilarityTransformer fitted = Ml.Ranking.Trainers.Slim(new SlimTrainer.Options
        {
            NeighbourCount = count,
            Regularization = lambda,
            UserDegreeExponent = beta,
            PopularityExponent = alpha,
            DropoutRate = dropout,
        }).Fit(BaselineFit.Rows(Ml, graph));
        double[][] weights = Weights(graph, count, lambda, beta, alpha, dropout);
        BaselineFit.AssertClose(graph, ItemKnnTests.Sums(graph, weights), BaselineFit.Scores(fitted.Model), 1e-4);
        for (int i = 0; i < items; i++)
            Assert.Equal(0, fitted.Model.GetWeight(i, i));
        BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
    }

    /// <summary>With a weight for every pair it is EASE, which finds the same weights another way.</summary>
    [Fact]
    public void With_all_neighbours_it_is_EASE()
    {
        // Every two of them have a user in common.
        IDataView rows = BaselineFit.Rows(Ml, TestGraphs.Random(80, 12, 500, seed: 4));
        SlimTrainer.Options options = new() { NeighbourCount = 1000, Regularization = 10, UserDegreeExponent = 0, PopularityExponent = 0, DropoutRate = 0 };
        ItemSimilarityModelParameters slim = Ml.Ranking.Trainers.Slim(options).Fit(rows).Model, ease = Ml.Ranking.Trainers.Ease(regularization: 10).Fit(rows).Model;
        for (int i = 0; i < 12; i++)
        {
            for (int j = 0; j < 12; j++)
                Assert.Equal(ease.GetWeight(i, j), slim.GetWeight(i, j), 1e-4);
        }
    }

    [Fact]
    public void Weights_have_the_same_bits_for_any_number_of_threads_and_any_blocks()
    {
        BipartiteGraph graph = TestGraphs.Random(400, 300, 6000, seed: 3);
        NeighbourRegressionSettings settings = new(20, 20, 0.5f, 0.1f, 0.2f, 1000);
        SparseRows expected = Compute(1, null);
        Assert.InRange(expected.Count, 5900, 300 * 20);
        foreach ((int threads, long? room) in ((int, long?)[])[(2, null), (7, null), (1, 0), (7, 5000), (2, 20_000)])
        {
            SparseRows found = Compute(threads, room);
            Assert.Equal(expected.Offsets, found.Offsets);
            Assert.Equal(expected.Indices, found.Indices);
            Assert.Equal(expected.Weights, found.Weights);
        }

        SparseRows Compute(int threads, long? room)
        {
            using ThreadTeam team = new(threads);
            return NeighbourRegression.Compute(graph, settings, team, default, room);
        }
    }

    [Fact]
    public void Of_a_long_history_a_sample_counts_and_scores_go_by_all_of_it()
    {
        BipartiteGraph graph = TestGraphs.Random(50, 200, 3000, seed: 6);
        const int Most = 25;
        BipartiteGraph cut = LongHistories.Sample(graph, Most);
        double[] kept = new double[200];
        for (int user = 0; user < 50; user++)
        {
            int[] whole = graph.ItemsOf(user).ToArray(), part = cut.ItemsOf(user).ToArray();
            Assert.Equal(Math.Min(Most, whole.Length), part.Length);
            Assert.Empty(part.Except(whole));
            Assert.Equal(part.Distinct().Order(), part);
        }
        Assert.Same(graph, LongHistories.Sample(graph, 200));
        // Users alike and a ridge without rounding (p / (1 - p) = 1 / 4), so that equal co-occurrences are equal in both precisions.
        SlimTrainer.Options options = new() { NeighbourCount = 10, MaximumHistoryLength = Most, UserDegreeExponent = 0, PopularityExponent = 0.1f, DropoutRate = 0.2f };
        ItemSimilarityModelParameters sampled = Ml.Ranking.Trainers.Slim(options).Fit(BaselineFit.Rows(Ml, graph)).Model;
        double[][] weights = Weights(cut, 10, options.Regularization, options.UserDegreeExponent, 0.1, options.DropoutRate);
        BaselineFit.AssertClose(graph, ItemKnnTests.Sums(graph, weights), BaselineFit.Scores(sampled), 1e-4);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(40, 0.1)]
    [InlineData(200, 0.3)]
    public void The_exponents_follow_from_the_interactions_of_an_item(int interactions, double expected)
    {
        // As many users for each of ten items; an item without any does not count.
        BipartiteGraph graph = TestGraphs.FromPairs(interactions, 11, [.. Enumerable.Range(0, 10 * interactions).Select(n => (n / 10, n % 10))]);
        NeighbourRegressionSettings settings = new(20, 20, 0.5f, null, 0.2f, 1000, null);
        Assert.Equal(expected, settings.PopularityExponentOn(graph), 1e-9);
        Assert.Equal(0.5, (settings with { PopularityExponent = 0.5f }).PopularityExponentOn(graph));
        Assert.Equal(1.3 - expected, settings.AmplificationOn(graph), 1e-9);
        Assert.Equal(2, (settings with { Amplification = 2 }).AmplificationOn(graph));
    }

    /// <summary>Every item of a long history is as likely to be kept.</summary>
    [Fact]
    public void A_sample_is_uniform()
    {
        const int Users = 4000, Length = 20, Most = 5;
        BipartiteGraph graph = TestGraphs.FromPairs(Users, Length, [.. Enumerable.Range(0, Users * Length).Select(n => (n / Length, n % Length))]);
        BipartiteGraph cut = LongHistories.Sample(graph, Most);
        // 1,000 expected, a standard deviation of 27.
        Assert.All(Enumerable.Range(0, Length), item => Assert.InRange(cut.UsersOf(item).Length, 1000 - 140, 1000 + 140));
    }

    [Fact]
    public void A_regularization_too_small_for_single_precision_is_refused_by_name()
    {
        // Items of the same users, and nothing to tell them apart.
        IDataView rows = BaselineFit.Rows(Ml, TestGraphs.FromPairs(300, 40, [.. Enumerable.Range(0, 12_000).Select(n => (n / 40, n % 40))]));
        SlimTrainer.Options options = new() { Regularization = 1e-6f, DropoutRate = 0, UserDegreeExponent = 0 };
        ArgumentException error = Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.Slim(options).Fit(rows));
        Assert.StartsWith("Option Regularization: expected a number large enough to solve for the weights in float32, found 1E-06.", error.Message, StringComparison.Ordinal);
        LightGcnTrainer.Options lightGcn = new() { EmbeddingDimension = 4, EpochCount = 1, Neighbourhood = new ItemNeighbourhood { Regularization = 1e-6f, DropoutRate = 0, UserDegreeExponent = 0 } };
        error = Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.LightGcn(lightGcn).Fit(rows));
        Assert.StartsWith("Option Neighbourhood.Regularization: expected", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fitting_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        IDataView rows = BaselineFit.Rows(Ml, TestGraphs.Random(20, 20, 100, seed: 1));
        Assert.Throws<OperationCanceledException>(() => Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { CancellationToken = source.Token }).Fit(rows));
    }

    /// <summary>A row for each item of a history, each column by its own elimination in double precision.</summary>
    internal static double[][] Weights(BipartiteGraph graph, int count, double lambda, double beta, double alpha, double dropout)
    {
        int items = graph.ItemCount;
        double[][] g = BaselineFit.Matrix(items, items), weights = BaselineFit.Matrix(items, items);
        List<double> userWeights = [];
        for (int user = 0; user < graph.UserCount; user++)
        {
            int[] history = graph.ItemsOf(user).ToArray();
            if (history.Length == 0)
                continue;
            userWeights.Add(Math.Pow(history.Length, -beta));
            foreach (int i in history)
            {
                foreach (int j in history)
                    g[i][j] += userWeights[^1];
            }
        }
        double[] ridge = [.. Enumerable.Range(0, items).Select(j => lambda * userWeights.Average() + dropout / (1 - dropout) * g[j][j])];
        for (int i = 0; i < items; i++)
        {
            // In single precision, so that what is equal in the end is equal here.
            int[] neighbours = [.. Enumerable.Range(0, items).Where(j => j != i && g[i][j] > 0)
                .OrderByDescending(j => (float)(g[i][j] / Math.Sqrt(g[j][j] + ridge[j]) * (1 + 1e-9))).Take(count)];
            double[] solution = Oracle.Solve(
                [.. neighbours.Select(j => neighbours.Select(k => g[j][k] + (j == k ? ridge[j] : 0)).ToArray())], [.. neighbours.Select(j => g[j][i])]);
            for (int n = 0; n < neighbours.Length; n++)
                weights[neighbours[n]][i] = solution[n] * Math.Pow((double)graph.UsersOf(neighbours[n]).Length / graph.UsersOf(i).Length, alpha);
        }
        return weights;
    }
}
