namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class TopNPeerTests
{
    private static readonly TopNInput Input = new(SyntheticGraph.Create(60, 100, 400, seed: 3), dimension: 20, itemsPerUser: 20);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_kernels_find_the_best_unseen_items(int threads)
    {
        using ManagedTopN peer = new(Input, threads);
        AssertFindsTheBest(peer);
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(2, 256)]
    public void Libtorch_finds_the_best_unseen_items(int threads, int usersPerTile)
    {
        LibtorchTest.Require();
        using LibtorchTopN peer = new(Input, threads, usersPerTile);
        AssertFindsTheBest(peer);
    }

    private static void AssertFindsTheBest(ITopNPeer peer)
    {
        peer.Run();
        int[] found = peer.Items();
        Assert.Equal(Input.Seen.UserCount * Input.ItemsPerUser, found.Length);
        for (int user = 0; user < Input.Seen.UserCount; user++)
        {
            int[] seen = Input.Seen.ItemsOf(user).ToArray();
            IEnumerable<int> unseen = Enumerable.Range(0, Input.Seen.ItemCount).Except(seen);
            double[] best = [.. unseen.Select(item => Score(user, item)).OrderDescending().Take(Input.ItemsPerUser)];
            int[] items = found[(user * Input.ItemsPerUser)..((user + 1) * Input.ItemsPerUser)];
            Assert.Equal(items.Length, items.Distinct().Count());
            Assert.Empty(items.Intersect(seen));
            for (int k = 0; k < items.Length; k++)
                Assert.Equal(best[k], Score(user, items[k]), 1e-6);
        }
    }

    private static double Score(int user, int item)
    {
        double sum = 0;
        for (int k = 0; k < Input.Dimension; k++)
            sum += (double)Input.Users[user * Input.Dimension + k] * Input.Items[item * Input.Dimension + k];
        return sum;
    }
}
