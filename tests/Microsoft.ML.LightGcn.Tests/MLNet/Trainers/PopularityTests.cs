namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class PopularityTests
{
    private static readonly MLContext Ml = new(1);

    [Fact]
    public void Scores_are_the_numbers_of_distinct_users()
    {
        PopularityTransformer fitted = Ml.Ranking.Trainers.Popularity().Fit(KeyRows.Create(Ml, 4, 3, [(0, 0), (0, 0), (1, 0), (2, 1), (-1, 1), (2, -1)]));
        float[] expected = [2, 1, 0];
        Assert.Equal(expected, fitted.Model.InteractionCounts.ToArray());
        Assert.All(BaselineFit.Scores(fitted.Model), row => Assert.Equal([2, 1, float.NaN], row));
    }

    [Fact]
    public void A_random_graph_survives_the_file()
    {
        BipartiteGraph graph = TestGraphs.Random(25, 40, 200, seed: 2);
        PopularityTransformer fitted = Ml.Ranking.Trainers.Popularity().Fit(BaselineFit.Rows(Ml, graph));
        Assert.Equal(Enumerable.Range(0, 40).Select(item => (float)graph.UsersOf(item).Length), fitted.Model.InteractionCounts.ToArray());
        BaselineFit.AssertSurvivesFile(Ml, fitted, fitted.Model);
    }
}
