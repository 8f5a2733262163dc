using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Graphs;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.Models;

public sealed class FactorScorerTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 31, 5)]
    [InlineData(8, 32, 16)]
    [InlineData(9, 33, 64)]
    [InlineData(29, 157, 100)]
    [InlineData(16, 64, 40)]
    // Users and one more: five, six and seven in a tile of seven, eight as four and four.
    [InlineData(4, 64, 16)]
    [InlineData(5, 65, 48)]
    [InlineData(6, 96, 17)]
    [InlineData(7, 100, 32)]
    [InlineData(11, 64, 112)]
    public void Scores_equal_the_defined_sum_bit_for_bit(int users, int items, int dimension)
    {
        // Two rows more than users and items, as attributes are.
        Matrix nodes = PropagationTests.ToTable(Oracle.RandomTable(users + items + 2, dimension, seed: dimension));
        FactorScorer scorer = new(nodes, new NodeLayout(users, items, 2));
        // Every user, in an order of its own, and a repeated one.
        int[] order = [.. Enumerable.Range(0, users).Reverse(), 0];
        float[] scores = new float[order.Length * items];
        scorer.ScoreItems(order, scores);
        for (int u = 0; u < order.Length; u++)
        {
            for (int item = 0; item < items; item++)
                Assert.Equal(Defined(nodes.Row(order[u]), nodes.Row(users + item)), scores[u * items + item]);
        }
    }

    // Validation packs items into a table that training has left its numbers in. 33 items take 40 to 64 packed rows: more than 36 nodes have.
    [Theory]
    [InlineData(60, 33)]
    [InlineData(3, 33)]
    public void Items_packed_into_a_table_in_use_before_score_the_same(int users, int items)
    {
        const int Dimension = 20;
        Matrix nodes = PropagationTests.ToTable(Oracle.RandomTable(users + items, Dimension, seed: 3)), room = new(users + items, Dimension);
        room.Padded.Fill(float.NaN);
        NodeLayout layout = new(users, items);
        int[] all = [.. Enumerable.Range(0, users)];
        float[] expected = new float[users * items], found = new float[users * items];
        new FactorScorer(nodes, layout).ScoreItems(all, expected);
        new FactorScorer(nodes, layout, room).ScoreItems(all, found);
        Assert.Equal(expected, found);
        Assert.Equal(users == 3, float.IsNaN(room.Padded[0]));
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Matrix nodes = new(10, 4);
        FactorScorer scorer = new(nodes, new NodeLayout(6, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => scorer.ScoreItems([6], new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => scorer.ScoreItems([-1], new float[4]));
        Assert.Throws<ArgumentException>(() => scorer.ScoreItems([0, 1], new float[7]));
    }

    /// <summary>The score as its definition says: blocks of 16 by fused multiply-adds, block sums in order.</summary>
    private static float Defined(ReadOnlySpan<float> user, ReadOnlySpan<float> item)
    {
        float total = 0;
        for (int block = 0; block < user.Length; block += 16)
        {
            float sum = 0;
            for (int k = block; k < Math.Min(block + 16, user.Length); k++)
                sum = MathF.FusedMultiplyAdd(user[k], item[k], sum);
            total += sum;
        }
        return total;
    }

    [Fact]
    public void Rows_of_some_users_score_as_those_of_all_and_no_others()
    {
        Random random = new(4);
        Matrix nodes = new(6 + 40, 20), some = new(2, 20);
        for (int node = 0; node < nodes.RowCount; node++)
        {
            foreach (ref float value in nodes.Row(node))
                value = random.NextSingle() - 0.5f;
        }
        int[] users = [1, 4];
        RowPanels items = new(40, 20);
        for (int item = 0; item < 40; item++)
            items.Set(item, nodes.Row(6 + item));
        for (int u = 0; u < users.Length; u++)
            nodes.Row(users[u]).CopyTo(some.Row(u));
        FactorScorer whole = new(nodes, new NodeLayout(6, 40)), scorer = new(6, users, some, items);
        float[] expected = new float[80], found = new float[80];
        whole.ScoreItems([4, 1], expected);
        scorer.ScoreItems([4, 1], found);
        Assert.Equal(expected, found);
        Assert.Equal(expected[7], scorer.Score(4, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => scorer.ScoreItems([2], new float[40]));
        Assert.Throws<ArgumentOutOfRangeException>(() => scorer.Score(2, 7));
    }
}
