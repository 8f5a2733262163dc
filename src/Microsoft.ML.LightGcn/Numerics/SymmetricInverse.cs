using System.Buffers;
using System.Numerics.Tensors;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// The inverse of a symmetric positive definite matrix in place, by the sweep operator (Goodnight, 1979) on blocks of rows and
/// columns K: with S the inverse of A_KK, A_KK becomes -S, A_iK becomes A_iK S, and every other A_ij loses A_iK S A_Kj. Once
/// every block is swept the matrix is minus its inverse.
/// </summary>
/// <remarks>
/// The matrix stays symmetric throughout, so only its lower triangle is kept up: items^3 / 2 multiplications in all, as many as
/// a Cholesky factorisation, the factor's inverse and their product take, in one kind of step that is a product of blocks.
/// Pivot blocks are inverted in double precision, everything else is float32: the relative error is about 1e-7 times the
/// condition number. Memory: 2 x items x 256 floats besides the matrix. Blocks do not depend on threads, so neither do bits.
/// </remarks>
internal sealed class SymmetricInverse
{
    private const int MaximumBlock = 256;

    private readonly Matrix _matrix;
    private readonly ThreadTeam _team;
    private readonly int _size, _block, _blockCount;
    private readonly int[] _rows;
    private readonly Matrix _columns, _swept;
    private readonly RowPanels _pivot;
    private readonly RowPanels[] _packed;

    private SymmetricInverse(Matrix matrix, ThreadTeam team)
    {
        _matrix = matrix;
        _team = team;
        _size = matrix.RowCount;
        _block = Math.Min(MaximumBlock, Matrix.StrideOf(_size));
        _blockCount = (_size + _block - 1) / _block;
        _rows = [.. Enumerable.Range(0, _size)];
        _columns = new Matrix(_size, _block);
        _swept = new Matrix(_size, _block);
        _pivot = new RowPanels(_block, _block);
        _packed = new RowPanels[_blockCount];
        for (int block = 0; block < _blockCount; block++)
            _packed[block] = new RowPanels(_block, _block);
    }

    /// <summary>Replaces a matrix by its inverse.</summary>
    /// <param name="matrix">A square symmetric matrix; only its lower triangle is read.</param>
    /// <param name="team">The threads.</param>
    /// <param name="cancellationToken">Checked before each block; the matrix is then neither of the two.</param>
    /// <exception cref="ArithmeticException">The matrix is not positive definite to the precision of float32.</exception>
    public static void Compute(Matrix matrix, ThreadTeam team, CancellationToken cancellationToken)
    {
        SymmetricInverse inverse = new(matrix, team);
        for (int pivot = 0; pivot < inverse._blockCount; pivot++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            inverse.Sweep(pivot);
        }
        team.Run(inverse._blockCount, inverse.NegateAndMirror);
    }

    private Range RowsOf(int block) => (block * _block)..Math.Min(_size, (block + 1) * _block);

    private void Sweep(int pivot)
    {
        (int start, int count) = RowsOf(pivot).GetOffsetAndLength(_size);
        double[] negated = NegatedInverse(start, count);
        PackPivot(negated, count);
        _team.Run(_blockCount, block =>
        {
            if (block != pivot)
                MultiplyPivotColumns(block, pivot, start, count);
        });
        int tiles = _blockCount * (_blockCount + 1) / 2;
        _team.Run(tiles, tile =>
        {
            // Tiles of the lower triangle, row by row: tile r (r + 1) / 2 is the first of row r.
            int r = (int)((Math.Sqrt(8.0 * tile + 1) - 1) / 2), c = tile - r * (r + 1) / 2;
            if (r != pivot && c != pivot)
                Update(r, c);
        });
        _team.Run(_blockCount, block => WriteBack(block, pivot, start, count));
        for (int r = 0; r < count; r++)
            TensorPrimitives.ConvertSaturating<double, float>(negated.AsSpan(r * count, count), _matrix.Row(start + r)[start..]);
    }

    private void PackPivot(double[] negated, int count)
    {
        Span<float> row = stackalloc float[MaximumBlock];
        for (int r = 0; r < _block; r++)
        {
            // The last block may be narrower than the one before it: the rest is zero.
            row.Clear();
            if (r < count)
                TensorPrimitives.ConvertSaturating<double, float>(negated.AsSpan(r * count, count), row);
            _pivot.Set(r, row[.._block]);
        }
    }

    /// <summary>Minus the inverse of a diagonal block, by sweeping its rows one by one.</summary>
    private double[] NegatedInverse(int start, int count)
    {
        double[] block = new double[count * count];
        for (int r = 0; r < count; r++)
        {
            for (int c = 0; c <= r; c++)
                block[r * count + c] = block[c * count + r] = _matrix.Row(start + r)[start + c];
        }
        for (int p = 0; p < count; p++)
        {
            Span<double> pivotRow = block.AsSpan(p * count, count);
            double pivot = pivotRow[p];
            if (!(pivot > 0 && double.IsFinite(pivot)))
                throw new ArithmeticException($"The matrix is not positive definite: pivot {start + p} is {pivot}.");
            for (int r = 0; r < count; r++)
            {
                if (r == p)
                    continue;
                Span<double> row = block.AsSpan(r * count, count);
                double factor = row[p] / pivot;
                TensorPrimitives.MultiplyAdd(pivotRow, -factor, row, row);
                row[p] = factor;
            }
            TensorPrimitives.Divide(pivotRow, pivot, pivotRow);
            pivotRow[p] = -1 / pivot;
        }
        return block;
    }

    /// <summary>Gathers A_iK of a block of rows, packs it, and multiplies it by minus the pivot's inverse.</summary>
    private void MultiplyPivotColumns(int block, int pivot, int start, int count)
    {
        (int first, int rows) = RowsOf(block).GetOffsetAndLength(_size);
        for (int r = 0; r < rows; r++)
        {
            Span<float> target = _columns.Row(first + r);
            target[count..].Clear();
            if (block > pivot)
                _matrix.Row(first + r).Slice(start, count).CopyTo(target);
        }
        for (int c = 0; block < pivot && c < count; c++)
        {
            ReadOnlySpan<float> source = _matrix.Row(start + c).Slice(first, rows);
            for (int r = 0; r < rows; r++)
                _columns.Row(first + r)[c] = source[r];
        }
        for (int r = 0; r < rows; r++)
            _packed[block].Set(r, _columns.Row(first + r));
        _pivot.Multiply(_columns.Padded, _rows.AsSpan(first, rows), _swept.Padded.Slice(first * _block, rows * _block));
    }

    private void Update(int rowBlock, int columnBlock)
    {
        (int first, int rows) = RowsOf(rowBlock).GetOffsetAndLength(_size);
        (int firstColumn, int columns) = RowsOf(columnBlock).GetOffsetAndLength(_size);
        float[] products = ArrayPool<float>.Shared.Rent(rows * _block);
        _packed[columnBlock].Multiply(_swept.Padded, _rows.AsSpan(first, rows), products.AsSpan(0, rows * _block));
        for (int r = 0; r < rows; r++)
        {
            Span<float> target = _matrix.Row(first + r).Slice(firstColumn, columns);
            TensorPrimitives.Add(target, products.AsSpan(r * _block, columns), target);
        }
        ArrayPool<float>.Shared.Return(products);
    }

    /// <summary>Writes A_iK S over A_iK in the lower triangle.</summary>
    private void WriteBack(int block, int pivot, int start, int count)
    {
        (int first, int rows) = RowsOf(block).GetOffsetAndLength(_size);
        if (block > pivot)
        {
            for (int r = 0; r < rows; r++)
                TensorPrimitives.Negate(_swept.Row(first + r)[..count], _matrix.Row(first + r).Slice(start, count));
        }
        for (int c = 0; block < pivot && c < count; c++)
        {
            Span<float> target = _matrix.Row(start + c).Slice(first, rows);
            for (int r = 0; r < rows; r++)
                target[r] = -_swept.Row(first + r)[c];
        }
    }

    private void NegateAndMirror(int block)
    {
        (int first, int rows) = RowsOf(block).GetOffsetAndLength(_size);
        for (int r = first; r < first + rows; r++)
        {
            Span<float> row = _matrix.Row(r)[..(r + 1)];
            TensorPrimitives.Negate(row, row);
        }
        // A few columns at a time, so that the rows they become stay in the cache.
        const int Strip = Matrix.ComponentBlock;
        for (int column = 0; column < first + rows; column += Strip)
        {
            for (int r = Math.Max(first, column + 1); r < first + rows; r++)
            {
                ReadOnlySpan<float> row = _matrix.Row(r);
                for (int c = column; c < Math.Min(column + Strip, r); c++)
                    _matrix.Row(c)[r] = row[c];
            }
        }
    }
}
