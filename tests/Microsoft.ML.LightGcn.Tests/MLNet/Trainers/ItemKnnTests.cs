using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class ItemKnnTests
{
    private static readonly MLContext Ml = new(1);

    [Theory]
    [InlineData(30, 20, 0, 0)]
    [InlineData(30, 20, 3, 0)]
    [InlineData(30, 20, 1, 10)]
    [InlineData(60, 150, 0, 5)]
    [InlineData(60, 150, 20, 2.5f)]
    [InlineData(9, 200, 10, 0)]
    public void Equals_the_double_oracle_and_survives_the_file(int users, int items, int neighbours, float shrinkage)
    {
        BipartiteGraph graph = TestGraphs.Random(users, items, users * 12, seed: items + neighbours);
        ItemSimilarityTransformer fitted = Ml.Ranking.Trainers.ItemKnn(neighbourCount: neighbours, shrinkage: shrinkage).Fit(BaselineFit.Rows(Ml, graph));
        double[][] weights = Similarities(graph, neighbours, shrinkage);
        for (int j = 0; j < items; j++)
        {
            for (int i = 0; i < items; i++)
                Assert.Equal((float)weights[j][i], fitted.Model.GetWeight(j, i));
        }
        BaselineFit.AssertClose(graph, Sums(graph, weights), BaselineFit.Scores(fitted.Model), 1e-6);
        BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
    }

    [Fact]
    public void Equally_similar_items_are_kept_in_the_order_of_their_indices()
    {
        // Items 1 to 5 look the same from item 0.
        BipartiteGraph graph = TestGraphs.FromPairs(2, 7, (0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 6));
        ItemSimilarityModelParameters model = Ml.Ranking.Trainers.ItemKnn(neighbourCount: 2).Fit(BaselineFit.Rows(Ml, graph)).Model;
        Assert.Equal([0, 1, 1, 0, 0, 0, 0], Enumerable.Range(0, 7).Select(item => model.GetWeight(0, item)));
        Assert.Equal([1, 0, 1, 0, 0, 0, 0], Enumerable.Range(0, 7).Select(item => model.GetWeight(1, item)));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.GetWeight(7, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Score(2, 0));
        Assert.Throws<ArgumentException>(() => model.ScoreItems([0, 1], new float[13]));
    }

    [Fact]
    public void A_user_who_has_every_item_and_one_who_has_none_survive_the_file()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(3, 3, (0, 0), (0, 1), (0, 2), (1, 1));
        ItemSimilarityTransformer fitted = Ml.Ranking.Trainers.ItemKnn().Fit(BaselineFit.Rows(Ml, graph));
        BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
        Assert.Equal(float.NaN, fitted.Model.Score(2, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void Weights_do_not_depend_on_the_number_of_threads(int neighbours)
    {
        IDataView rows = BaselineFit.Rows(Ml, TestGraphs.Random(400, 500, 6000, seed: 3));
        float[][] one = Fit(1), three = Fit(3);
        Assert.Equal(one, three);

        float[][] Fit(int threads) =>
            BaselineFit.Scores(Ml.Ranking.Trainers.ItemKnn(new ItemKnnTrainer.Options { NeighbourCount = neighbours, NumberOfThreads = threads }).Fit(rows).Model);
    }

    internal static double[][] Sums(BipartiteGraph graph, double[][] weights)
    {
        double[][] scores = BaselineFit.Matrix(graph.UserCount, graph.ItemCount);
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int seen in graph.ItemsOf(user))
            {
                for (int item = 0; item < graph.ItemCount; item++)
                    scores[user][item] += weights[seen][item];
            }
        }
        return scores;
    }

    private static double[][] Similarities(BipartiteGraph graph, int neighbours, double shrinkage)
    {
        double[][] weights = BaselineFit.Matrix(graph.ItemCount, graph.ItemCount);
        for (int j = 0; j < graph.ItemCount; j++)
        {
            HashSet<int> own = [.. graph.UsersOf(j)];
            (int Item, double Similarity)[] others =
            [
                .. Enumerable.Range(0, graph.ItemCount)
                    .Where(i => i != j)
                    .Select(i => (i, Common: graph.UsersOf(i).ToArray().Count(own.Contains)))
                    .Where(other => other.Common > 0)
                    .Select(other => (other.i, other.Common / (Math.Sqrt((double)own.Count * graph.UsersOf(other.i).Length) + shrinkage)))
                    .OrderByDescending(other => (float)other.Item2).ThenBy(other => other.i),
            ];
            foreach ((int item, double similarity) in neighbours > 0 ? others.Take(neighbours) : others)
                weights[j][item] = similarity;
        }
        return weights;
    }
}
