namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Memory for matrices of which only some are in use at a time. The runtime gives freed memory back to the system only where nothing lies beside it, so
/// that freed matrices and the new ones after them would together take room for both.
/// </summary>
/// <param name="length">Floats that there is room for.</param>
internal sealed class MatrixRoom(long length)
{
    /// <summary>Floats that a dozen matrices take together beyond their rows, as each starts on a pair of cache lines.</summary>
    public const int Rounding = 12 * Matrix.ComponentBlock;

    private readonly Matrix _memory = new((int)Math.Min((length + Matrix.ComponentBlock - 1) / Matrix.ComponentBlock, MostRows), Matrix.ComponentBlock);
    private int _used;

    private static int MostRows => (int)(Matrix.MaxLength / Matrix.ComponentBlock);

    /// <summary>Floats that there is room for.</summary>
    public int Length => _memory.Padded.Length;

    /// <summary>A matrix of zeros in this room; in memory of its own where no more room is left.</summary>
    public Matrix Take(int rowCount, int columnCount)
    {
        long end = _used + Matrix.PaddedLength(rowCount, columnCount);
        if (end > Length)
            return new Matrix(rowCount, columnCount);
        Matrix matrix = new(_memory, _used, rowCount, columnCount);
        _used = (int)end;
        matrix.Padded.Clear();
        return matrix;
    }

    /// <summary>Makes room again: matrices that were taken are of no more use.</summary>
    public void Clear() => _used = 0;
}
