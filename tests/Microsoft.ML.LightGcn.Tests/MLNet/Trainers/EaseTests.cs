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

    [Fact]
    public void Weights_do_not_depend_on_the_number_of_threads()
    {
        IDataView rows = BaselineFit.Rows(Ml, TestGraphs.Random(300, 600, 5000, seed: 3));
        Assert.Equal(Fit(1), Fit(3));

        float[][] Fit(int threads) => BaselineFit.Scores(Ml.Ranking.Trainers.Ease(new EaseTrainer.Options { NumberOfThreads = threads }).Fit(rows).Model);
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
