using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class SparseRowsTests
{
    [Fact]
    public void Entries_are_sorted_added_and_transposed()
    {
        Random random = new(4);
        SortedDictionary<(int Row, int Column), float> expected = [];
        int[] rows = new int[500], columns = new int[500];
        float[] weights = new float[500];
        for (int n = 0; n < rows.Length; n++)
        {
            (rows[n], columns[n], weights[n]) = (random.Next(30), random.Next(20), random.NextSingle() + 0.1f);
            expected[(rows[n], columns[n])] = expected.GetValueOrDefault((rows[n], columns[n])) + weights[n];
        }
        SparseRows found = SparseRows.FromEntries(rows, columns, weights, 31, 22);
        Assert.Equal(expected.Select(pair => (pair.Key.Row, pair.Key.Column, pair.Value)), Entries(found));
        Assert.Equal(31, found.RowCount);
        SparseRows turned = found.Transpose(22);
        Assert.Equal(22, turned.RowCount);
        Assert.Equal(expected.Select(pair => (pair.Key.Column, pair.Key.Row, pair.Value)).Order(), Entries(turned));
        Assert.Equal(Entries(found), Entries(turned.Transpose(31)));
        for (int row = 0; row < 31; row++)
            Assert.Equal(expected.Where(pair => pair.Key.Row == row).Sum(pair => (double)pair.Value), found.SumOf(row), 1e-9);

        SparseRows scaled = found.WithMeanWeightOne();
        Assert.Equal(1, scaled.Weights.ToArray().Average(weight => (double)weight), 1e-6);
        Assert.Equal(found.Weights.Span[3] / (double)found.Weights.Span[8], scaled.Weights.Span[3] / (double)scaled.Weights.Span[8], 1e-6);
    }

    [Fact]
    public void Equal_weights_are_none()
    {
        SparseRows rows = SparseRows.FromEntries([0, 1, 1], [2, 0, 1], [0.5f, 0.5f, 0.5f], 2, 3);
        Assert.False(rows.WithMeanWeightOne().HasWeights);
        Assert.Equal(2, rows.WithMeanWeightOne().SumOf(1));
        SparseRows apart = SparseRows.FromEntries([0, 1], [0, 0], [1e-30f, 1e30f], 2, 1);
        Assert.Equal("expected finite sums of at least 1E-12 times their mean over all edges", Assert.Throws<ArgumentException>(() => apart.WithMeanWeightOne()).Message);
    }

    private static IEnumerable<(int, int, float)> Entries(SparseRows rows) =>
        Enumerable.Range(0, rows.RowCount).SelectMany(row => rows[row].ToArray().Zip(rows.WeightsOf(row).ToArray()).Select(entry => (row, entry.First, entry.Second)));
}
