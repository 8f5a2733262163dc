using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class SelectionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 10)]
    [InlineData(16, 3)]
    [InlineData(100, 10)]
    [InlineData(1003, 50)]
    [InlineData(1003, BestRows.LongestInsertion)]
    [InlineData(1003, BestRows.LongestInsertion + 1)]
    [InlineData(1003, 900)]
    [InlineData(1003, 1003)]
    [InlineData(1003, 2000)]
    public void Best_items_equal_a_stable_sort_ties_by_index_masked_never(int items, int n)
    {
        Random random = new(items + n);
        foreach ((int levels, int longestInsertion) in ((int, int)[])[.. new[] { 1, 2, 7, 1_000_000 }.SelectMany(levels => new[] { 0, BestRows.LongestInsertion, int.MaxValue }.Select(longest => (levels, longest)))])
        {
            float[] scores = [.. Enumerable.Range(0, items).Select(_ => random.Next(10) == 0 ? float.NegativeInfinity : random.Next(levels) - levels / 2f)];
            int[] expected = [.. Enumerable.Range(0, items).Where(i => scores[i] > float.NegativeInfinity).OrderByDescending(i => scores[i]).Take(n)];
            int[] best = new int[n];
            float[] bestScores = new float[n];
            int count = TopNSelection.Select(scores, best, bestScores, longestInsertion);
            Assert.Equal(expected, best[..count]);
            Assert.Equal(expected.Select(i => scores[i]), bestScores[..count]);
        }
    }

    [Fact]
    public void Zeros_of_either_sign_tie_and_keep_their_sign()
    {
        float[] scores = [.. Enumerable.Range(0, 500).Select(item => item % 3 == 0 ? -0f : item % 3 == 1 ? 0f : -1)];
        int[] expected = [.. Enumerable.Range(0, 500).Where(item => item % 3 < 2)];
        foreach (int longestInsertion in (int[])[0, int.MaxValue])
        {
            int[] best = new int[expected.Length];
            float[] bestScores = new float[expected.Length];
            Assert.Equal(expected.Length, TopNSelection.Select(scores, best, bestScores, longestInsertion));
            Assert.Equal(expected, best);
            Assert.Equal(expected.Select(item => BitConverter.SingleToUInt32Bits(scores[item])), bestScores.Select(BitConverter.SingleToUInt32Bits));
        }
    }

    [Fact]
    public void Nothing_is_selected_into_no_room() => Assert.Equal(0, TopNSelection.Select([1, 2], [], []));

    [Fact]
    public void Rank_counts_equal_a_plain_count()
    {
        Random random = new(1);
        foreach (int items in (int[])[1, 15, 16, 17, 200])
        {
            float[] scores = [.. Enumerable.Range(0, items).Select(_ => random.Next(6) == 0 ? float.NegativeInfinity : random.Next(5))];
            foreach (float score in (float[])[-1, 0, 2, 4, 9])
                Assert.Equal((scores.Count(s => s > score), scores.Count(s => s == score)), RankCount.Compute(scores, score));
        }
    }

    [Fact]
    public void A_pair_has_the_bits_of_the_same_pair_in_a_product()
    {
        Random random = new(2);
        foreach (int dimension in (int[])[1, 15, 16, 17, 48, 63, 64, 100, 128, 200])
        {
            float[] users = [.. Enumerable.Range(0, 5 * dimension).Select(_ => random.NextSingle() - 0.5f)];
            float[] items = [.. Enumerable.Range(0, 70 * dimension).Select(_ => random.NextSingle() - 0.5f)];
            FactorScorer scorer = new(new RowTable(users, dimension), items);
            float[] scores = new float[2 * 70];
            scorer.ScoreItems([4, 2], scores);
            for (int item = 0; item < 70; item++)
            {
                Assert.Equal(scores[item], PairScore.Compute(users.AsSpan(4 * dimension, dimension), items.AsSpan(item * dimension, dimension)));
                Assert.Equal(scores[70 + item], PairScore.Compute(users.AsSpan(2 * dimension, dimension), items.AsSpan(item * dimension, dimension)));
            }
        }
        Assert.Throws<ArgumentException>(() => PairScore.Compute([1], [1, 2]));
    }
}
