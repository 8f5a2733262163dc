using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class BatchedCholeskyTests
{
    private const int Lanes = BatchedCholesky.Lanes;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(50)]
    [InlineData(101)]
    public void Solves_every_lane_as_elimination_in_double_precision_does(int size)
    {
        Random random = new(size);
        double[][][] matrices = [.. Enumerable.Range(0, Lanes).Select(_ => Positive(size, random))];
        double[][] sides = [.. Enumerable.Range(0, Lanes).Select(_ => Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5).ToArray())];
        (float[] triangles, float[] vectors) = Pack(matrices, sides);
        BatchedCholesky.Solve(triangles, vectors, size);
        for (int lane = 0; lane < Lanes; lane++)
        {
            double[] expected = Oracle.Solve(matrices[lane], sides[lane]);
            double scale = expected.Max(Math.Abs);
            for (int r = 0; r < size; r++)
                Assert.Equal(expected[r], vectors[r * Lanes + lane], 2e-4 * scale);
        }
    }

    [Fact]
    public void A_lane_is_what_it_is_whatever_stands_beside_it()
    {
        const int Size = 23;
        Random random = new(5);
        double[][] matrix = Positive(Size, random);
        double[] side = [.. Enumerable.Range(0, Size).Select(n => (double)n)];
        (float[] alone, float[] result) = Pack([.. Enumerable.Repeat(matrix, Lanes)], [.. Enumerable.Repeat(side, Lanes)]);
        BatchedCholesky.Solve(alone, result, Size);
        // One that is not positive definite is NaN, and no other.
        double[][][] others = [.. Enumerable.Range(0, Lanes).Select(lane => lane == 3 ? matrix : Positive(Size, random))];
        others[7] = [.. Enumerable.Range(0, Size).Select(_ => Enumerable.Repeat(1.0, Size).ToArray())];
        others[7][0][0] = -1;
        (float[] triangles, float[] mixed) = Pack(others, [.. Enumerable.Repeat(side, Lanes)]);
        BatchedCholesky.Solve(triangles, mixed, Size);
        for (int r = 0; r < Size; r++)
        {
            Assert.Equal(result[r * Lanes], mixed[r * Lanes + 3]);
            Assert.True(float.IsNaN(mixed[r * Lanes + 7]));
            Assert.All(Enumerable.Range(0, Lanes).Where(lane => lane != 7), lane => Assert.True(float.IsFinite(mixed[r * Lanes + lane])));
        }
    }

    [Fact]
    public void Room_that_is_too_small_is_refused()
    {
        Assert.Throws<ArgumentException>(() => BatchedCholesky.Solve(new float[10 * Lanes - 1], new float[4 * Lanes], 4));
        Assert.Throws<ArgumentException>(() => BatchedCholesky.Solve(new float[10 * Lanes], new float[4 * Lanes - 1], 4));
    }

    private static double[][] Positive(int size, Random random)
    {
        double[][] factors = [.. Enumerable.Range(0, size).Select(_ => Enumerable.Range(0, size + 3).Select(_ => random.NextDouble() - 0.4).ToArray())];
        return [.. Enumerable.Range(0, size).Select(r => Enumerable.Range(0, size).Select(c => Oracle.Dot(factors[r], factors[c]) + (r == c ? 1 : 0)).ToArray())];
    }

    private static (float[] Triangles, float[] Vectors) Pack(double[][][] matrices, double[][] sides)
    {
        int size = sides[0].Length;
        float[] triangles = new float[BatchedCholesky.TriangleOf(size) * Lanes], vectors = new float[size * Lanes];
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int r = 0; r < size; r++)
            {
                vectors[r * Lanes + lane] = (float)sides[lane][r];
                for (int c = 0; c <= r; c++)
                    triangles[(BatchedCholesky.TriangleOf(r) + c) * Lanes + lane] = (float)matrices[lane][r][c];
            }
        }
        return (triangles, vectors);
    }
}
