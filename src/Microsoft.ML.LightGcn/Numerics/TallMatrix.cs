using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Linear algebra on tables of many rows and few columns: orthonormal columns, and rotation to principal axes. Columns are
/// padded to whole blocks, and padding stays zero. Results do not depend on the number of threads.
/// </summary>
internal static class TallMatrix
{
    private const int RowsPerSegment = 1024;
    // Partial sums are added in a fixed order; more of them would serve more threads and take more memory.
    private const int PartialCount = 8;
    // Columns that others explain to the noise of float32 products are dropped.
    private const double DependenceTolerance = 1e-6;

    /// <summary>
    /// Makes the columns of a table orthonormal, by the Cholesky factor of their inner products: Y becomes Y L^-T, where
    /// Y^T Y = L L^T. A column that depends on those before it becomes zero.
    /// </summary>
    /// <param name="table">The table, replaced.</param>
    /// <param name="scratch">A table of the same shape, overwritten.</param>
    /// <param name="team">The threads.</param>
    public static void Orthonormalize(Matrix table, Matrix scratch, ThreadTeam team)
    {
        int stride = table.Stride;
        double[] factor = InnerProducts(table, team);
        Cholesky(factor, stride);
        double[] inverse = InvertLower(factor, stride);
        table.Padded.CopyTo(scratch.Padded);
        Combine(scratch, inverse, table, team);
    }

    /// <summary>
    /// The combinations of a table's columns that are orthogonal, longest first: the rows of an orthogonal matrix J, such that
    /// the columns of Y J^T are orthogonal (Hestenes, 1958, on the Cholesky factor of the inner products).
    /// </summary>
    /// <returns>J, row-major, as many rows and columns as the table has padded columns.</returns>
    public static double[] PrincipalAxes(Matrix table, ThreadTeam team)
    {
        int size = table.Stride;
        double[] factor = InnerProducts(table, team);
        Cholesky(factor, size);
        double[] axes = new double[size * size];
        for (int r = 0; r < size; r++)
            axes[r * size + r] = 1;
        while (RotatePairs(factor, axes, size))
        {
            // Every sweep brings all pairs of rows closer to orthogonal, in the end quadratically.
        }
        double[] lengths = new double[size];
        int[] order = [.. Enumerable.Range(0, size)];
        for (int r = 0; r < size; r++)
            lengths[r] = -TensorPrimitives.SumOfSquares<double>(factor.AsSpan(r * size, size));
        Array.Sort(lengths, order);
        double[] sorted = new double[size * size];
        for (int r = 0; r < size; r++)
            axes.AsSpan(order[r] * size, size).CopyTo(sorted.AsSpan(r * size, size));
        return sorted;
    }

    /// <summary>Writes to every row its inner products with the leading rows of a matrix.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="matrix">Row-major, rows of the table's stride; as many as the output's stride are used.</param>
    /// <param name="output">As many rows as the table.</param>
    /// <param name="team">The threads.</param>
    public static void Combine(Matrix table, double[] matrix, Matrix output, ThreadTeam team)
    {
        RowPanels panels = new(output.Stride, table.Stride);
        float[] row = new float[table.Stride];
        for (int r = 0; r < output.Stride; r++)
        {
            TensorPrimitives.ConvertSaturating<double, float>(matrix.AsSpan(r * table.Stride, table.Stride), row);
            panels.Set(r, row);
        }
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        team.Run(Segments(table), segment =>
        {
            (int first, int count) = Segment(table, segment);
            panels.Multiply(table.Padded, rows.AsSpan(first, count), output.Padded.Slice(first * output.Stride, count * output.Stride));
        });
    }

    private static int Segments(Matrix table) => (table.RowCount + RowsPerSegment - 1) / RowsPerSegment;

    private static (int First, int Count) Segment(Matrix table, int segment) =>
        (segment * RowsPerSegment, Math.Min(RowsPerSegment, table.RowCount - segment * RowsPerSegment));

    /// <summary>Y^T Y: products of segments of rows in float32, their sums in double precision.</summary>
    private static double[] InnerProducts(Matrix table, ThreadTeam team)
    {
        int size = table.Stride, segments = Segments(table);
        double[][] partials = new double[PartialCount][];
        team.Run(PartialCount, part =>
        {
            double[] sum = partials[part] = new double[size * size];
            Matrix transposed = new(size, RowsPerSegment);
            RowPanels packed = new(size, RowsPerSegment);
            float[] products = new float[size * size];
            double[] wide = new double[size * size];
            int[] rows = [.. Enumerable.Range(0, size)];
            for (int segment = part; segment < segments; segment += PartialCount)
            {
                (int first, int count) = Segment(table, segment);
                transposed.Padded.Clear();
                for (int r = 0; r < count; r++)
                {
                    ReadOnlySpan<float> row = table.Padded.Slice((first + r) * size, size);
                    for (int c = 0; c < size; c++)
                        transposed.Row(c)[r] = row[c];
                }
                for (int c = 0; c < size; c++)
                    packed.Set(c, transposed.Row(c));
                packed.Multiply(transposed.Padded, rows, products);
                TensorPrimitives.ConvertSaturating<float, double>(products, wide);
                TensorPrimitives.Add<double>(sum, wide, sum);
            }
        });
        for (int part = 1; part < PartialCount; part++)
            TensorPrimitives.Add<double>(partials[0], partials[part], partials[0]);
        return partials[0];
    }

    /// <summary>The lower factor of a positive semidefinite matrix, in place; a dependent row and its column become zero.</summary>
    private static void Cholesky(double[] matrix, int size)
    {
        for (int r = 0; r < size; r++)
        {
            Span<double> row = matrix.AsSpan(r * size, size);
            double diagonal = row[r];
            for (int c = 0; c < r; c++)
            {
                ReadOnlySpan<double> other = matrix.AsSpan(c * size, size);
                row[c] = other[c] == 0 ? 0 : (row[c] - TensorPrimitives.Dot(row[..c], other[..c])) / other[c];
            }
            double rest = diagonal - TensorPrimitives.SumOfSquares<double>(row[..r]);
            row[r..].Clear();
            if (rest > DependenceTolerance * diagonal)
                row[r] = Math.Sqrt(rest);
            else
                row.Clear();
        }
    }

    /// <summary>The inverse of a lower factor on the rows that are not zero.</summary>
    private static double[] InvertLower(double[] factor, int size)
    {
        double[] inverse = new double[size * size];
        for (int r = 0; r < size; r++)
        {
            double diagonal = factor[r * size + r];
            if (diagonal == 0)
                continue;
            Span<double> row = inverse.AsSpan(r * size, size);
            for (int c = 0; c < r; c++)
                TensorPrimitives.MultiplyAdd(inverse.AsSpan(c * size, size), -factor[r * size + c], row, row);
            row[r] += 1;
            TensorPrimitives.Divide(row, diagonal, row);
        }
        return inverse;
    }

    /// <summary>Rotates every pair of rows until they are orthogonal, and the axes with them; false when all were.</summary>
    private static bool RotatePairs(double[] rows, double[] axes, int size)
    {
        bool rotated = false;
        for (int p = 0; p < size; p++)
        {
            for (int q = p + 1; q < size; q++)
            {
                Span<double> x = rows.AsSpan(p * size, size), y = rows.AsSpan(q * size, size);
                double xx = TensorPrimitives.SumOfSquares<double>(x), yy = TensorPrimitives.SumOfSquares<double>(y), xy = TensorPrimitives.Dot<double>(x, y);
                if (Math.Abs(xy) <= 1e-12 * Math.Sqrt(xx * yy))
                    continue;
                rotated = true;
                double zeta = (yy - xx) / (2 * xy);
                double tangent = (zeta < 0 ? -1 : 1) / (Math.Abs(zeta) + Math.Sqrt(1 + zeta * zeta));
                double cosine = 1 / Math.Sqrt(1 + tangent * tangent);
                Rotate(x, y, cosine, cosine * tangent);
                Rotate(axes.AsSpan(p * size, size), axes.AsSpan(q * size, size), cosine, cosine * tangent);
            }
        }
        return rotated;
    }

    private static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        // Rows are whole blocks of 16, so whole registers of any width.
        Span<Vector<double>> left = MemoryMarshal.Cast<double, Vector<double>>(x), right = MemoryMarshal.Cast<double, Vector<double>>(y);
        for (int k = 0; k < left.Length; k++)
            (left[k], right[k]) = (left[k] * cosine - right[k] * sine, left[k] * sine + right[k] * cosine);
    }
}
