using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

public sealed class SamplingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(65537)]
    public void A_pass_permutation_holds_every_value_once(int count)
    {
        foreach (ulong key in (ulong[])[1, 2, ulong.MaxValue])
        {
            PassPermutation permutation = new(count, key);
            bool[] seen = new bool[count];
            for (int position = 0; position < count; position++)
            {
                Assert.False(seen[permutation[position]]);
                seen[permutation[position]] = true;
            }
        }
    }

    [Fact]
    public void Passes_differ_in_order()
    {
        PassPermutation first = new(1000, 1), second = new(1000, 2);
        int same = Enumerable.Range(0, 1000).Count(p => first[p] == second[p]);
        Assert.InRange(same, 0, 20);
        Assert.InRange(Enumerable.Range(0, 1000).Count(p => first[p] == p), 0, 20);
    }

    [Fact]
    public void By_interaction_every_pass_draws_every_interaction_once()
    {
        BipartiteGraph graph = TestGraphs.Random(50, 40, 500, seed: 1);
        SampleSource source = new(graph, PositiveSampling.ByInteraction, NegativeSampling.Uniform, seed: 5);
        int count = graph.InteractionCount;
        foreach (int pass in (int[])[0, 1, 7])
        {
            HashSet<(int, int)> seen = [];
            for (int n = 0; n < count; n++)
            {
                (int user, int positive, _) = source.Draw((long)pass * count + n);
                Assert.Contains(positive, graph.ItemsOf(user).ToArray());
                Assert.True(seen.Add((user, positive)));
            }
        }
    }

    [Fact]
    public void By_user_users_are_equally_likely_and_users_without_interactions_never_drawn()
    {
        BipartiteGraph graph = TestGraphs.Random(20, 40, 300, seed: 1);
        SampleSource source = new(graph, PositiveSampling.ByUser, NegativeSampling.Uniform, seed: 5);
        int[] counts = new int[graph.UserCount];
        const int Draws = 38_000;
        for (int n = 0; n < Draws; n++)
        {
            (int user, int positive, _) = source.Draw(n);
            Assert.True(graph.ItemsOf(user).Contains(positive));
            counts[user]++;
        }
        Assert.Equal(0, counts[19]);
        // 19 users, 2,000 expected each, standard deviation about 44.
        Assert.All(counts[..19], count => Assert.InRange(count, 1780, 2220));
    }

    [Fact]
    public void Negatives_are_never_the_users_own_and_uniform_over_the_rest()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(2, 12, (0, 0), (0, 3), (0, 4), (0, 11), (1, 5));
        SampleSource source = new(graph, PositiveSampling.ByUser, NegativeSampling.Uniform, seed: 8);
        int[] counts = new int[12];
        for (int n = 0; n < 32_000; n++)
        {
            (int user, _, int negative) = source.Draw(n);
            Assert.False(graph.ItemsOf(user).Contains(negative));
            if (user == 0)
                counts[negative]++;
        }
        // Eight other items, about 2,000 each, standard deviation about 44.
        Assert.All(Enumerable.Range(0, 12).Where(item => !graph.ItemsOf(0).Contains(item)), item => Assert.InRange(counts[item], 1780, 2220));
    }

    [Fact]
    public void Popular_negatives_come_from_the_pool_with_the_given_probability()
    {
        // Items 0 and 1 are the pool: most popular. User 0 has neither.
        BipartiteGraph graph = TestGraphs.FromPairs(4, 10, (0, 9), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1));
        SampleSource source = new(graph, PositiveSampling.ByUser, NegativeSampling.PopularityBiased(2, 0.7), seed: 8);
        int pool = 0, all = 0;
        for (int n = 0; n < 80_000; n++)
        {
            (int user, _, int negative) = source.Draw(n);
            Assert.False(graph.ItemsOf(user).Contains(negative));
            if (user == 0)
            {
                all++;
                pool += negative < 2 ? 1 : 0;
            }
        }
        // Accepted draws: 0.7 from the pool + 0.3 * 2/10 from all, of 0.7 + 0.3 * 9/10.
        Assert.Equal(0.76 / 0.97, (double)pool / all, 0.015);
    }

    [Fact]
    public void A_user_who_has_the_whole_pool_gets_another_item_and_one_who_has_all_gets_none()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(2, 3, (0, 0), (0, 1), (1, 0), (1, 1), (1, 2));
        SampleSource source = new(graph, PositiveSampling.ByUser, NegativeSampling.PopularityBiased(1, 1.0), seed: 3);
        for (int n = 0; n < 100; n++)
        {
            (int user, _, int negative) = source.Draw(n);
            Assert.Equal(user == 0 ? 2 : -1, negative);
        }
    }

    [Fact]
    public void Other_item_counts_past_the_list()
    {
        int[] own = [0, 1, 5, 7];
        int[] others = [2, 3, 4, 6, 8, 9];
        for (int rank = 0; rank < others.Length; rank++)
            Assert.Equal(others[rank], SampleSource.OtherItem(own, rank));
        Assert.Equal(4, SampleSource.OtherItem([], 4));
    }

    [Fact]
    public void Row_of_skips_empty_rows()
    {
        int[] offsets = [0, 0, 2, 2, 2, 3, 5];
        int[] expected = [1, 1, 4, 5, 5];
        for (int entry = 0; entry < expected.Length; entry++)
            Assert.Equal(expected[entry], SampleSource.RowOf(offsets, entry));
    }
}
