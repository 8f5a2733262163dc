using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class SymmetricInverseTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(100)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(300)]
    public void Equals_the_double_oracle(int size)
    {
        double[][] matrix = PositiveDefinite(size);
        double[][] expected = EaseTests.Invert(matrix);
        Matrix table = Inverse(matrix, threads: 2);
        double largest = expected.Max(row => row.Max(Math.Abs));
        for (int r = 0; r < size; r++)
        {
            for (int c = 0; c < size; c++)
            {
                Assert.True(Math.Abs(expected[r][c] - table.Row(r)[c]) <= 1e-5 * largest, $"{r}, {c}: expected {expected[r][c]}, found {table.Row(r)[c]}");
                Assert.Equal(table.Row(r)[c], table.Row(c)[r]);
            }
        }
    }

    [Fact]
    public void The_residual_of_a_large_one_is_small_and_threads_do_not_change_bits()
    {
        const int Size = 1111;
        double[][] matrix = PositiveDefinite(Size);
        Matrix one = Inverse(matrix, threads: 1), three = Inverse(matrix, threads: 3);
        Assert.Equal(one.ToArray(0, Size), three.ToArray(0, Size));
        double largest = 0;
        for (int r = 0; r < Size; r += 7)
        {
            for (int c = 0; c < Size; c++)
            {
                double sum = r == c ? -1 : 0;
                ReadOnlySpan<float> column = one.Row(c);
                for (int k = 0; k < Size; k++)
                    sum += matrix[r][k] * column[k];
                largest = Math.Max(largest, Math.Abs(sum));
            }
        }
        Assert.InRange(largest, 0, 1e-4);
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_is_an_error()
    {
        using ThreadTeam team = new(1);
        Matrix table = new(20, 20);
        for (int r = 0; r < 20; r++)
            table.Row(r)[r] = r == 13 ? -1 : 1;
        Assert.Contains("pivot 13", Assert.Throws<ArithmeticException>(() => SymmetricInverse.Compute(table, team, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private static Matrix Inverse(double[][] matrix, int threads)
    {
        Matrix table = new(matrix.Length, matrix.Length);
        for (int r = 0; r < matrix.Length; r++)
        {
            for (int c = 0; c <= r; c++)
                table.Row(r)[c] = (float)matrix[r][c];
        }
        using ThreadTeam team = new(threads);
        SymmetricInverse.Compute(table, team, TestContext.Current.CancellationToken);
        return table;
    }

    /// <summary>A Gram matrix of sparse counts and a diagonal, as EASE has it.</summary>
    private static double[][] PositiveDefinite(int size)
    {
        Random random = new(size);
        double[][] matrix = BaselineFit.Matrix(size, size);
        for (int sample = 0; sample < 3 * size; sample++)
        {
            int[] items = [.. Enumerable.Range(0, 12).Select(_ => (int)(size * random.NextDouble() * random.NextDouble())).Distinct()];
            foreach (int i in items)
            {
                foreach (int j in items)
                    matrix[i][j]++;
            }
        }
        for (int i = 0; i < size; i++)
            matrix[i][i] += 5;
        return matrix;
    }
}
