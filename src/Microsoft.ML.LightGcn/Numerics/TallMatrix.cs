using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Linear algebra on tables of many rows and few columns: orthonormal columns, and rotation to principal axes. Columns are
/// padded to whole blocks, and padding stays zero. Results do not depend on the number of threads, nor on that of processes which share the columns.
/// </summary>
internal static class TallMatrix
{
    private const int RowsPerSegment = ColumnShare.RowsPerSegment, PartialCount = ColumnShare.PartCount;
    // Columns that others explain to the noise of float32 products are dropped.
    private const double DependenceTolerance = 1e-6;

    /// <summary>
    /// Makes the columns of a table orthonormal, by the Cholesky factor of their inner products: Y becomes Y L^-T, where
    /// Y^T Y = L L^T. A column that depends on those before it becomes zero.
    /// </summary>
    /// <param name="table">This process's columns of the table, replaced.</param>
    /// <param name="columns">Which those are.</param>
    /// <param name="team">The threads.</param>
    public static void Orthonormalize(Matrix table, ColumnShare columns, ThreadTeam team)
    {
        int size = Matrix.StrideOf(columns.Dimension);
        double[] factor = InnerProducts(table, columns, team);
        RowPanels panels = columns.Processes.Together(() =>
        {
            Cholesky(factor, size);
            return PanelsOf(InvertLower(factor, size), size, size);
        });
        int[] indices = [.. Enumerable.Range(0, RowsPerSegment)];
        columns.Visit(table, inOrder: false, changes: true, (_, rows) =>
        {
            float[] combined = ArrayPool<float>.Shared.Rent(rows.Length);
            panels.Multiply(rows, indices.AsSpan(0, rows.Length / size), combined.AsSpan(0, rows.Length));
            combined.AsSpan(0, rows.Length).CopyTo(rows);
            ArrayPool<float>.Shared.Return(combined);
        }, team);
    }

    /// <summary>
    /// The combinations of a table's columns that are orthogonal, longest first: the rows of an orthogonal matrix J, such that
    /// the columns of Y J^T are orthogonal (Hestenes, 1958, on the Cholesky factor of the inner products).
    /// </summary>
    /// <returns>J, row-major, as many rows and columns as the table has padded columns.</returns>
    public static double[] PrincipalAxes(Matrix table, ThreadTeam team)
    {
        int size = table.Stride;
        double[] factor = InnerProducts(table, new ColumnShare(table.ColumnCount), team);
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
        RowPanels panels = PanelsOf(matrix, output.Stride, table.Stride);
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        team.Run(ColumnShare.SegmentCount(table.RowCount), segment =>
        {
            (int first, int count) = ColumnShare.RowsOf(segment, table.RowCount);
            panels.Multiply(table.Padded, rows.AsSpan(first, count), output.Padded.Slice(first * output.Stride, count * output.Stride));
        });
    }

    /// <summary>The leading rows of a matrix, in float32.</summary>
    private static RowPanels PanelsOf(double[] matrix, int rowCount, int size)
    {
        RowPanels panels = new(rowCount, size);
        float[] row = new float[size];
        for (int r = 0; r < rowCount; r++)
        {
            TensorPrimitives.ConvertSaturating<double, float>(matrix.AsSpan(r * size, size), row);
            panels.Set(r, row);
        }
        return panels;
    }

    /// <summary>Y^T Y: products of segments of rows in float32, their sums in double precision.</summary>
    private static double[] InnerProducts(Matrix table, ColumnShare columns, ThreadTeam team)
    {
        int size = Matrix.StrideOf(columns.Dimension);
        PartialProducts?[] parts = new PartialProducts?[PartialCount];
        columns.Visit(table, inOrder: true, changes: false, (segment, rows) => (parts[segment % PartialCount] ??= new PartialProducts(size)).Add(rows), team);
        double[][] partials = columns.Processes.Together(() => Array.ConvertAll(parts, part => part?.Sum ?? new double[size * size]));
        columns.ShareParts(partials);
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

    /// <summary>The inner products of some segments, added up one after the other.</summary>
    private sealed class PartialProducts(int size)
    {
        private readonly Matrix _transposed = new(size, RowsPerSegment);
        private readonly RowPanels _packed = new(size, RowsPerSegment);
        private readonly float[] _products = new float[size * size];
        private readonly double[] _wide = new double[size * size];
        private readonly int[] _rows = [.. Enumerable.Range(0, size)];

        public double[] Sum { get; } = new double[size * size];

        public void Add(ReadOnlySpan<float> segment)
        {
            _transposed.Padded.Clear();
            for (int r = 0; r < segment.Length / size; r++)
            {
                ReadOnlySpan<float> row = segment.Slice(r * size, size);
                for (int c = 0; c < size; c++)
                    _transposed.Row(c)[r] = row[c];
            }
            for (int c = 0; c < size; c++)
                _packed.Set(c, _transposed.Row(c));
            _packed.Multiply(_transposed.Padded, _rows, _products);
            TensorPrimitives.ConvertSaturating<float, double>(_products, _wide);
            TensorPrimitives.Add<double>(Sum, _wide, Sum);
        }
    }
}
