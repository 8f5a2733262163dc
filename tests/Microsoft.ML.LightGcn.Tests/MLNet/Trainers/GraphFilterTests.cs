using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class GraphFilterTests
{
    private static readonly MLContext Ml = new(1);

    [Theory]
    [InlineData(30, 20)]
    [InlineData(50, 37)]
    [InlineData(80, 150)]
    public void Two_hops_equal_the_double_oracle_and_survive_the_file(int users, int items)
    {
        BipartiteGraph graph = TestGraphs.Random(users, items, users * 9, seed: items);
        GraphFilterTransformer fitted = Ml.Ranking.Trainers.GraphFilter().Fit(BaselineFit.Rows(Ml, graph));
        BaselineFit.AssertClose(graph, Oracle(graph, 0, 0), BaselineFit.Scores(fitted.Model), 1e-5);
        BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
    }

    [Theory]
    [InlineData(4, 0.3f)]
    [InlineData(20, 0.3f)]
    [InlineData(16, 2)]
    public void The_low_pass_part_equals_the_double_oracle_and_survives_the_file(int dimension, float weight)
    {
        BipartiteGraph graph = TestGraphs.Random(70, 45, 600, seed: 8);
        GraphFilterTransformer fitted = Fit(graph, dimension, weight, threads: 2);
        Assert.Equal((dimension, weight), (fitted.Model.LowPassDimension, fitted.Model.LowPassWeight));
        BaselineFit.AssertClose(graph, Oracle(graph, dimension, weight), BaselineFit.Scores(fitted.Model), 1e-4);
        BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
    }

    [Fact]
    public void All_singular_vectors_of_a_graph_of_lower_rank_are_the_ones_it_has()
    {
        // Users 0 to 4 are alike, users 5 to 9 too: two singular values are not zero, and item 7 has no user.
        BipartiteGraph graph = TestGraphs.FromPairs(11, 8, [.. Enumerable.Range(0, 5).SelectMany(u => new[] { (u, 0), (u, 1), (u, 2), (u + 5, 3), (u + 5, 5) })]);
        float[][] scores = BaselineFit.Scores(Fit(graph, 8, 0.3f, threads: 1).Model);
        BaselineFit.AssertClose(graph, Oracle(graph, 2, 0.3), scores, 1e-5);
    }

    [Fact]
    public void Scores_depend_on_the_seed_but_not_on_the_number_of_threads()
    {
        BipartiteGraph graph = TestGraphs.Random(3000, 2500, 40_000, seed: 5);
        int[] users = [0, 1, 17, 300, 2999];
        Assert.Equal(Scores(1, 7), Scores(3, 7));
        Assert.NotEqual(Scores(1, 7), Scores(1, 8));

        float[] Scores(int threads, int seed)
        {
            float[] scores = new float[users.Length * graph.ItemCount];
            Fit(graph, 24, 0.3f, threads, seed).Model.ScoreItems(users, scores);
            return scores;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(150 * 20)]
    [InlineData(150 * 150)]
    public void Rows_that_are_kept_change_speed_alone(int keptFloats)
    {
        // One user has everything, so every row is full.
        BipartiteGraph graph = TestGraphs.FromPairs(41, 150, [.. Enumerable.Range(0, 150).Select(i => (40, i)), .. Enumerable.Range(0, 200).Select(p => (p % 40, p * 7919 % 150))]);
        Vocabulary users = new("user", 41, null, () => null), items = new("item", 150, null, () => null);
        float[][] once = BaselineFit.Scores(new GraphFilterModelParameters(graph, null, users, items, keptFloats));
        BaselineFit.AssertClose(graph, Oracle(graph, 0, 0), once, 1e-5);
        GraphFilterModelParameters model = new(graph, null, users, items, keptFloats);
        Assert.Equal(BaselineFit.Scores(model), BaselineFit.Scores(model));
        Assert.Equal(once, BaselineFit.Scores(model));
    }

    [Fact]
    public void A_dimension_that_does_not_suit_the_data_is_named()
    {
        IDataView rows = KeyRows.Create(Ml, 9, 6, [(0, 0), (1, 1)]);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.GraphFilter(lowPassDimension: 7).Fit(rows));
        Assert.StartsWith("Option LowPassDimension: expected at most 6, the lesser of the number of users and of items, found 7.", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassDimension = 1000, Oversampling = 1024 })
            .Fit(KeyRows.Create(Ml, 2_000_000, 1000, [(0, 0), (1, 1)])));
        Assert.Contains("Choose a smaller LowPassDimension or Oversampling.", error.Message, StringComparison.Ordinal);
    }

    private static GraphFilterTransformer Fit(BipartiteGraph graph, int dimension, float weight, int threads, int seed = 3) =>
        Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassDimension = dimension, LowPassWeight = weight, IterationCount = 40, Seed = seed, NumberOfThreads = threads })
            .Fit(BaselineFit.Rows(Ml, graph));

    /// <summary>r_u (R~^T R~ + weight D_i^-1/2 V V^T D_i^1/2), written out.</summary>
    private static double[][] Oracle(BipartiteGraph graph, int dimension, double weight)
    {
        int n = graph.ItemCount;
        double[] degrees = [.. Enumerable.Range(0, n).Select(item => (double)graph.UsersOf(item).Length)];
        double[][] operatorMatrix = BaselineFit.Matrix(n, n);
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int i in graph.ItemsOf(user))
            {
                foreach (int j in graph.ItemsOf(user))
                    operatorMatrix[i][j] += 1 / (Math.Sqrt(degrees[i] * degrees[j]) * graph.ItemsOf(user).Length);
            }
        }
        double[][] filter = [.. operatorMatrix.Select(row => (double[])[.. row])];
        foreach (double[] vector in dimension > 0 ? Eigenvectors(operatorMatrix).Take(dimension) : [])
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    if (degrees[i] > 0)
                        filter[i][j] += weight / Math.Sqrt(degrees[i]) * vector[i] * vector[j] * Math.Sqrt(degrees[j]);
                }
            }
        }
        double[][] scores = ItemKnnTests.Sums(graph, filter);
        for (int user = 0; user < graph.UserCount; user++)
        {
            for (int item = 0; item < n && graph.ItemsOf(user).Length > 0; item++)
                scores[user][item] /= Math.Sqrt(graph.ItemsOf(user).Length);
        }
        return scores;
    }

    /// <summary>Jacobi's method on a copy; the largest eigenvalue first.</summary>
    private static IEnumerable<double[]> Eigenvectors(double[][] symmetric)
    {
        int n = symmetric.Length;
        double[][] a = [.. symmetric.Select(row => (double[])[.. row])], vectors = BaselineFit.Matrix(n, n);
        for (int i = 0; i < n; i++)
            vectors[i][i] = 1;
        for (int sweep = 0; sweep < 30; sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    double angle = Math.Atan2(2 * a[p][q], a[q][q] - a[p][p]) / 2;
                    (double s, double c) = Math.SinCos(angle);
                    for (int k = 0; k < n; k++)
                        (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]);
                    for (int k = 0; k < n; k++)
                    {
                        (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]);
                        (vectors[p][k], vectors[q][k]) = (c * vectors[p][k] - s * vectors[q][k], s * vectors[p][k] + c * vectors[q][k]);
                    }
                }
            }
        }
        return Enumerable.Range(0, n).OrderByDescending(k => a[k][k]).Select(k => vectors[k]);
    }
}
