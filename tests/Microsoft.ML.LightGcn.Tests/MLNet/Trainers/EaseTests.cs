using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class EaseTests
{
    private static readonly MLContext Ml = new(1);

    [Theory]
    [InlineData(20, 10, 1)]
    [InlineData(40, 57, 10)]
    [InlineData(90, 300, 5)]
    public void Equals_the_double_oracle_and_survives_the_file(int users, int items, float lambda)
    {
        BipartiteGraph graph = TestGraphs.Random(users, items, users * 8, seed: items);
        ItemSimilarityTransformer fitted = Ml.Ranking.Trainers.Ease(regularization: lambda).Fit(BaselineFit.Rows(Ml, graph));
        double[][] weights = Weights(graph, lambda);
        BaselineFit.AssertClose(graph, ItemKnnTests.Sums(graph, weights), BaselineFit.Scores(fitted.Model), 1e-4);
        for (int i = 0; i < items; i++)
            Assert.Equal(0, fitted.Model.GetWeight(i, i));
        if (items < 100)
            BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
    }

    [Theory]
    [InlineData(0.5f, 0, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(0, 0.3f, 0)]
    [InlineData(0, 0, 0.4f)]
    [InlineData(0.3f, 1, 0.95f)]
    public void Normalised_variants_are_ridge_regressions_of_each_item_on_the_others(float beta, float alpha, float rate)
    {
        BipartiteGraph graph = TestGraphs.Random(60, 41, 500, seed: 8);
        EaseTrainer.Options options = new() { Regularization = 7, UserDegreeExponent = beta, PopularityExponent = alpha, DropoutRate = rate };
        ItemSimilarityTransformer fitted = Ml.Ranking.Trainers.Ease(options).Fit(BaselineFit.Rows(Ml, graph));
        double[][] weights = Regressions(graph, 7, beta, alpha, rate);
        BaselineFit.AssertClose(graph, ItemKnnTests.Sums(graph, weights), BaselineFit.Scores(fitted.Model), 1e-4);
        for (int j = 0; j < graph.ItemCount; j++)
        {
            for (int i = 0; i < graph.ItemCount; i++)
                Assert.InRange(fitted.Model.GetWeight(j, i), weights[j][i] - 1e-4 * (0.1 + Math.Abs(weights[j][i])), weights[j][i] + 1e-4 * (0.1 + Math.Abs(weights[j][i])));
        }
        BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
    }

    [Fact]
    public void Without_exponents_and_rate_the_bits_are_those_of_the_plain_formula()
    {
        BipartiteGraph graph = TestGraphs.Random(300, 600, 5000, seed: 3);
        Matrix expected = new(graph.ItemCount, graph.ItemCount);
        for (int item = 0; item < graph.ItemCount; item++)
        {
            foreach (int user in graph.UsersOf(item))
            {
                foreach (int other in graph.ItemsOf(user))
                    expected.Row(item)[other]++;
            }
            expected.Row(item)[item] += 33.3f;
        }
        using ThreadTeam team = new(2);
        SymmetricInverse.Compute(expected, team, TestContext.Current.CancellationToken);
        ItemSimilarityModelParameters model = Ml.Ranking.Trainers.Ease(regularization: 33.3f).Fit(BaselineFit.Rows(Ml, graph)).Model;
        for (int j = 0; j < graph.ItemCount; j++)
        {
            for (int i = 0; i < graph.ItemCount; i++)
                Assert.Equal(i == j ? 0 : expected.Row(j)[i] / -expected.Row(i)[i], model.GetWeight(j, i));
        }
    }

    [Fact]
    public void Weights_do_not_depend_on_the_number_of_threads()
    {
        IDataView rows = BaselineFit.Rows(Ml, TestGraphs.Random(300, 600, 5000, seed: 3));
        Assert.Equal(Fit(new() { NumberOfThreads = 1 }), Fit(new() { NumberOfThreads = 3 }));
        Assert.Equal(Fit(Normalised(1)), Fit(Normalised(3)));

        static EaseTrainer.Options Normalised(int threads) =>
            new() { NumberOfThreads = threads, UserDegreeExponent = 0.4f, PopularityExponent = 0.2f, DropoutRate = 0.3f };
        float[][] Fit(EaseTrainer.Options options) => BaselineFit.Scores(Ml.Ranking.Trainers.Ease(options).Fit(rows).Model);
    }

    [Fact]
    public void A_catalogue_too_large_is_refused_before_its_rows_are_read()
    {
        IDataView rows = KeyRows.Create(Ml, 3, 50_000, Unreadable());
        ArgumentException error = Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.Ease().Fit(rows));
        Assert.StartsWith("EASE keeps a weight for every pair of items: the 50,000 items of column 'Item' take 2,500,000,000 numbers", error.Message, StringComparison.Ordinal);

        static IEnumerable<(int, int)> Unreadable() => [(0, 0), (1, 1)];
    }

    [Fact]
    public void A_regularization_lost_in_rounding_is_named()
    {
        // Two items with the same users: without a penalty there is nothing to invert.
        IDataView rows = KeyRows.Create(Ml, 300, 2, [.. Enumerable.Range(0, 600).Select(row => (row / 2, row % 2))]);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.Ease(regularization: 1e-6f).Fit(rows));
        Assert.StartsWith("Option Regularization: expected a number large enough to invert the item matrix in float32, found 1E-06.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        IDataView rows = BaselineFit.Rows(Ml, TestGraphs.Random(20, 20, 90, seed: 1));
        Assert.Throws<OperationCanceledException>(() => Ml.Ranking.Trainers.Ease(new EaseTrainer.Options { CancellationToken = source.Token }).Fit(rows));
        Assert.Throws<OperationCanceledException>(() => Ml.Ranking.Trainers.ItemKnn(new ItemKnnTrainer.Options { CancellationToken = source.Token }).Fit(rows));
        Assert.Throws<OperationCanceledException>(() => Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassDimension = 4, CancellationToken = source.Token }).Fit(rows));
    }

    private static double[][] Weights(BipartiteGraph graph, double lambda)
    {
        int n = graph.ItemCount;
        double[][] gram = BaselineFit.Matrix(n, n);
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int i in graph.ItemsOf(user))
            {
                foreach (int j in graph.ItemsOf(user))
                    gram[i][j]++;
            }
        }
        for (int i = 0; i < n; i++)
            gram[i][i] += lambda;
        double[][] inverse = Invert(gram), weights = BaselineFit.Matrix(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                weights[i][j] = i == j ? 0 : -inverse[i][j] / inverse[j][j];
        }
        return weights;
    }

    /// <summary>
    /// The weights by their definition: the column of each item is the ridge regression, over users weighed by d^-beta, of who has the item on
    /// who has the others, and is then scaled.
    /// </summary>
    private static double[][] Regressions(BipartiteGraph graph, double lambda, double beta, double alpha, double rate)
    {
        int n = graph.ItemCount;
        double[] userWeights = [.. Enumerable.Range(0, graph.UserCount).Select(user => graph.ItemsOf(user).IsEmpty ? 0 : Math.Pow(graph.ItemsOf(user).Length, -beta))];
        double mean = userWeights.Sum() / userWeights.Count(weight => weight > 0);
        bool[][] has = [.. Enumerable.Range(0, graph.UserCount).Select(user => Enumerable.Range(0, n).Select(item => graph.ItemsOf(user).Contains(item)).ToArray())];
        double[][] weights = BaselineFit.Matrix(n, n);
        for (int target = 0; target < n; target++)
        {
            int[] others = [.. Enumerable.Range(0, n).Where(item => item != target)];
            double[][] normal = [.. others.Select(a => others.Select(b => Product(a, b) + (a == b ? lambda * mean + rate / (1 - rate) * Product(a, a) : 0)).ToArray())];
            double[][] inverse = Invert(normal);
            for (int a = 0; a < others.Length; a++)
            {
                double weight = Enumerable.Range(0, others.Length).Sum(b => inverse[a][b] * Product(others[b], target));
                double scale = Math.Pow((double)graph.UsersOf(others[a]).Length / graph.UsersOf(target).Length, alpha);
                weights[others[a]][target] = weight == 0 ? 0 : weight * scale;
            }
        }
        return weights;

        double Product(int a, int b) => Enumerable.Range(0, graph.UserCount).Where(user => has[user][a] && has[user][b]).Sum(user => userWeights[user]);
    }

    /// <summary>Gauss and Jordan with the whole identity beside the matrix.</summary>
    internal static double[][] Invert(double[][] matrix)
    {
        int n = matrix.Length;
        double[][] work = [.. matrix.Select((row, r) => (double[])[.. row, .. Enumerable.Range(0, n).Select(c => c == r ? 1.0 : 0)])];
        for (int p = 0; p < n; p++)
        {
            double pivot = work[p][p];
            for (int c = 0; c < 2 * n; c++)
                work[p][c] /= pivot;
            for (int r = 0; r < n; r++)
            {
                double factor = work[r][p];
                for (int c = 0; r != p && c < 2 * n; c++)
                    work[r][c] -= factor * work[p][c];
            }
        }
        return [.. work.Select(row => row[n..])];
    }
}
