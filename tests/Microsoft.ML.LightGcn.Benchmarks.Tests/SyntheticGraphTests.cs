namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class SyntheticGraphTests
{
    [Fact]
    public void Graphs_have_the_promised_counts_and_long_tails_and_depend_on_the_seed_alone()
    {
        BenchmarkGraph promise = BenchmarkGraph.Synthetic("200k", 200_000);
        BipartiteGraph graph = promise.Load();
        Assert.Equal((promise.UserCount, promise.ItemCount, promise.InteractionCount), (graph.UserCount, graph.ItemCount, graph.InteractionCount));
        Assert.Equal((4_000, 2_000, 200_000), (promise.UserCount, promise.ItemCount, promise.InteractionCount));

        int[] userDegrees = [.. Enumerable.Range(0, graph.UserCount).Select(user => graph.ItemsOf(user).Length).OrderDescending()];
        int[] itemDegrees = [.. Enumerable.Range(0, graph.ItemCount).Select(item => graph.UsersOf(item).Length).OrderDescending()];
        // Shares of the first tenth: a tenth to the power of 2/3 of the users' and of 1/2 of the items', less what repetition takes.
        Assert.InRange(userDegrees[..(graph.UserCount / 10)].Sum() / 200_000.0, 0.21, 0.22);
        Assert.InRange(itemDegrees[..(graph.ItemCount / 10)].Sum() / 200_000.0, 0.25, 0.33);

        Assert.Equal(graph.ItemsOf(17), promise.Load().ItemsOf(17));
        Assert.False(graph.ItemsOf(17).SequenceEqual(SyntheticGraph.Create(graph.UserCount, graph.ItemCount, graph.InteractionCount, seed: 2).ItemsOf(17)));
    }

    [Fact]
    public void Graphs_too_dense_to_draw_are_refused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => SyntheticGraph.Create(60, 50, 400, seed: 3));
        Assert.Contains("26 of 50 items", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_view_of_a_graph_builds_the_same_graph()
    {
        DataBenchmarks benchmarks = new() { Graph = BenchmarkGraph.Synthetic("200k", 200_000) };
        benchmarks.SetUp();
        BipartiteGraph expected = benchmarks.Graph.Load(), built = benchmarks.BuildGraph();
        Assert.Equal(expected.InteractionCount, built.InteractionCount);
        for (int user = 0; user < expected.UserCount; user++)
            Assert.Equal(expected.ItemsOf(user), built.ItemsOf(user));
    }
}
