using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class InnerProductSearchTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(31, 5, 3)]
    [InlineData(32, 16, 40)]
    [InlineData(33, 64, 10)]
    [InlineData(1003, 64, 10)]
    [InlineData(1003, 100, 50)]
    [InlineData(1003, 24, 300)]
    [InlineData(700, 200, 700)]
    public void Rows_scores_and_order_are_those_of_scoring_every_row(int rows, int dimension, int n)
    {
        foreach (int levels in (int[])[3, 1_000_000])
        {
            // Few levels make many ties.
            float[] table = Table(rows, dimension, levels, seed: rows + dimension + levels), vectors = Table(8, dimension, levels, seed: 5);
            InnerProductSearch search = new(table, dimension);
            Random random = new(7);
            int[] seen = [.. Enumerable.Range(0, rows).Where(_ => random.Next(4) == 0)], denied = [.. Enumerable.Range(0, rows).Where(_ => random.Next(9) == 0)];
            for (int v = 0; v < 8; v++)
            {
                foreach (bool byCosine in (bool[])[false, true])
                {
                    float[] vector = new float[search.Stride];
                    vectors.AsSpan(v * dimension, dimension).CopyTo(vector);
                    float[] scores = [.. Enumerable.Range(0, rows).Select(row => Defined(vector.AsSpan(0, dimension), table.AsSpan(row * dimension, dimension), byCosine))];
                    int[] expected = [.. Enumerable.Range(0, rows).Except(seen).Except(denied).Where(row => !float.IsNaN(scores[row]) && table.AsSpan(row * dimension, dimension).ContainsAnyExcept(0f)).OrderByDescending(row => scores[row]).Take(n)];
                    int[] found = new int[n];
                    float[] foundScores = new float[n];
                    int count = search.Select(vector, byCosine, new ExcludedRows(seen, denied), found, foundScores);
                    Assert.Equal(expected, found[..count]);
                    Assert.Equal(expected.Select(row => scores[row]), foundScores[..count]);
                }
            }
        }
    }

    [Fact]
    public void Scores_equal_a_double_oracle()
    {
        const int Rows = 300, Dimension = 48;
        float[] table = Table(Rows, Dimension, 1_000_000, seed: 1), vector = Table(1, Dimension, 1_000_000, seed: 2);
        double norm(int row) => Math.Sqrt(Enumerable.Range(0, Dimension).Sum(k => (double)table[row * Dimension + k] * table[row * Dimension + k]));
        double[] products = [.. Enumerable.Range(0, Rows).Select(row => Enumerable.Range(0, Dimension).Sum(k => (double)table[row * Dimension + k] * vector[k]))];
        double[] cosines = [.. Enumerable.Range(0, Rows).Select(row => products[row] / norm(row))];
        InnerProductSearch search = new(table, Dimension);
        int[] rows = new int[20];
        float[] scores = new float[20];
        foreach ((bool byCosine, double[] oracle) in ((bool, double[])[])[(false, products), (true, cosines)])
        {
            Assert.Equal(20, search.Select(vector, byCosine, default, rows, scores));
            Assert.Equal(Enumerable.Range(0, Rows).OrderByDescending(row => oracle[row]).Take(20), rows);
            Assert.All(Enumerable.Range(0, 20), n => Assert.Equal(oracle[rows[n]], scores[n], 1e-5));
        }
    }

    [Fact]
    public void Rows_of_very_different_size_are_found_exactly()
    {
        const int Rows = 500, Dimension = 32;
        float[] table = Table(Rows, Dimension, 1_000_000, seed: 3), vector = Table(1, Dimension, 1_000_000, seed: 4);
        Random random = new(5);
        for (int row = 0; row < Rows; row++)
        {
            float scale = MathF.Pow(10, random.Next(-30, 15));
            foreach (ref float component in table.AsSpan(row * Dimension, Dimension))
                component *= scale;
        }
        float[] scores = [.. Enumerable.Range(0, Rows).Select(row => Defined(vector, table.AsSpan(row * Dimension, Dimension), false))];
        int[] found = new int[Rows];
        Assert.Equal(Rows, new InnerProductSearch(table, Dimension).Select(vector, false, default, found, new float[Rows]));
        Assert.Equal(Enumerable.Range(0, Rows).OrderByDescending(row => scores[row]), found);
    }

    [Fact]
    public void Rows_that_are_not_numbers_are_never_selected_and_no_row_is_selected_twice()
    {
        float[] table = Table(40, 16, 1_000_000, seed: 6), vector = Table(1, 16, 1_000_000, seed: 7);
        table[5 * 16 + 3] = float.NaN;
        table.AsSpan(9 * 16, 16).Clear();
        InnerProductSearch search = new(table, 16);
        int[] rows = new int[50];
        Assert.Equal(38, search.Select(vector, false, default, rows, new float[50]));
        Assert.DoesNotContain(5, rows[..38]);
        Assert.DoesNotContain(9, rows[..38]);
        Assert.Equal(38, rows[..38].Distinct().Count());
        Assert.Equal(38, search.Select(vector, true, default, rows, new float[50]));
        Assert.DoesNotContain(9, rows[..38]);
        Assert.Equal(0, search.Select(vector, false, default, [], []));
        Assert.Throws<ArgumentException>(() => search.Select(new float[15], false, default, rows, new float[50]));
    }

    private static float Defined(ReadOnlySpan<float> vector, ReadOnlySpan<float> row, bool byCosine)
    {
        float product = PairScore.Compute(vector, row);
        double squares = 0;
        foreach (float component in row)
            squares += (double)component * component;
        return !byCosine ? product : squares > 0 ? product * (float)(1 / Math.Sqrt(squares)) : float.NaN;
    }

    private static float[] Table(int rows, int dimension, int levels, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, rows * dimension).Select(_ => (random.Next(levels) - levels / 2) / (float)levels)];
    }

    [Theory]
    [InlineData(31, 5, 3)]
    [InlineData(1003, 64, 10)]
    [InlineData(700, 20, 700)]
    public void What_is_added_to_the_scores_counts_in_full(int rows, int dimension, int n)
    {
        Random random = new(rows);
        float[] table = Table(rows, dimension, 1_000_000, seed: 1), vectors = Table(6, dimension, 1_000_000, seed: 2);
        InnerProductSearch search = new(table, dimension);
        foreach (float size in (float[])[1e-3f, 1, 1e3f])
        {
            for (int v = 0; v < 6; v++)
            {
                float[] vector = new float[search.Stride], added = new float[search.PaddedRowCount];
                vectors.AsSpan(v * dimension, dimension).CopyTo(vector);
                // Most rows have nothing added, as with weights from item to item.
                for (int row = 0; row < rows; row++)
                    added[row] = random.Next(5) == 0 ? size * (random.NextSingle() - 0.3f) : 0;
                float[] scores = [.. Enumerable.Range(0, rows).Select(row => PairScore.Compute(vector.AsSpan(0, dimension), table.AsSpan(row * dimension, dimension)) + added[row])];
                int[] expected = [.. Enumerable.Range(0, rows).OrderByDescending(row => scores[row]).Take(n)], found = new int[n];
                float[] foundScores = new float[n];
                Assert.Equal(n, search.Select(vector, false, default, found, foundScores, added));
                Assert.Equal(expected, found);
                Assert.Equal(expected.Select(row => scores[row]), foundScores);
                Assert.Equal(scores[^1], search.Score(vector, false, rows - 1, added));
            }
        }
        Assert.Throws<ArgumentException>(() => search.Select(new float[search.Stride], false, default, new int[1], new float[1], new float[1]));
    }
}
