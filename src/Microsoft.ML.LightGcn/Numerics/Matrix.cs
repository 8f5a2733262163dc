namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// A row-major matrix of floats that starts on a pair of 64-byte cache lines. Its rows are padded with zeros to a multiple of
/// <see cref="ComponentBlock"/> columns, so that each starts on a line. Kernels therefore work on whole registers only, for any number of
/// columns: zeros stay zeros under sums, products and Adam.
/// </summary>
internal sealed unsafe class Matrix
{
    /// <summary>Rows are padded to a multiple of this many components: one 64-byte cache line.</summary>
    public const int ComponentBlock = 16;

    // Processors fetch lines by pairs of 128 bytes: scattered rows of whole pairs cost no line beside them.
    private const int Alignment = 128;
    private const int Slack = Alignment / sizeof(float);

    // Pinned for its lifetime, so that the pointer into it stays valid while this object is reachable.
    private readonly float[] _storage;
    private readonly int _start;

    public Matrix(int rowCount, int columnCount)
    {
        long length = (long)rowCount * StrideOf(columnCount);
        if (length > MaxLength)
            throw new ArgumentOutOfRangeException(
                nameof(rowCount),
                $"Expected at most {MaxLength:N0} floats, padding included, found {rowCount:N0} rows of {columnCount:N0} columns, which take {length:N0}.");
        RowCount = rowCount;
        ColumnCount = columnCount;
        Stride = StrideOf(columnCount);
        _storage = GC.AllocateArray<float>((int)length + Slack, pinned: true);
        fixed (float* p = _storage)
        {
            _start = (int)((-(nint)p & (Alignment - 1)) / sizeof(float));
            HugePages.Advise(p, (nuint)_storage.Length * sizeof(float));
        }
    }

    /// <summary>A matrix in the memory of another one.</summary>
    /// <param name="memory">The other.</param>
    /// <param name="start">The float where it starts there: a sum of <see cref="PaddedLength"/>s.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="columnCount">Number of columns.</param>
    public Matrix(Matrix memory, int start, int rowCount, int columnCount)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + (long)rowCount * StrideOf(columnCount), memory.Padded.Length, nameof(rowCount));
        RowCount = rowCount;
        ColumnCount = columnCount;
        Stride = StrideOf(columnCount);
        _storage = memory._storage;
        _start = memory._start + start;
    }

    /// <summary>A matrix of zeros in a room, or in memory of its own where there is none.</summary>
    public static Matrix In(MatrixRoom? room, int rowCount, int columnCount) => room?.Take(rowCount, columnCount) ?? new Matrix(rowCount, columnCount);

    /// <summary>Floats that a matrix takes, padding included, so that the next one starts as all do.</summary>
    public static long PaddedLength(int rowCount, int columnCount) => ((long)rowCount * StrideOf(columnCount) + Slack - 1) / Slack * Slack;

    /// <summary>The maximum number of floats, padding included, that a matrix can hold.</summary>
    public static long MaxLength => Array.MaxLength - Slack;

    public int RowCount { get; }

    /// <summary>Columns without padding.</summary>
    public int ColumnCount { get; }

    /// <summary>Floats from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>First row; 128-byte aligned. For kernels alone: keep this object alive (GC.KeepAlive) while the pointer is in use.</summary>
    public float* Pointer => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _storage[_start]);

    /// <summary>All rows, padding included.</summary>
    public Span<float> Padded => _storage.AsSpan(_start, RowCount * Stride);

    /// <summary>All rows, padding included.</summary>
    public ReadOnlyMemory<float> Memory => _storage.AsMemory(_start, RowCount * Stride);

    /// <summary>The columns that a row of so many takes, padding included.</summary>
    public static int StrideOf(int columnCount) => (columnCount + ComponentBlock - 1) / ComponentBlock * ComponentBlock;

    /// <summary>A row, without padding.</summary>
    public Span<float> Row(int row) => _storage.AsSpan(_start + row * Stride, ColumnCount);

    /// <summary>A row and its padding of zeros.</summary>
    public Span<float> PaddedRow(int row) => _storage.AsSpan(_start + row * Stride, Stride);

    /// <summary>Consecutive rows with their padding.</summary>
    public Span<float> PaddedRows(int firstRow, int rowCount) => _storage.AsSpan(_start + firstRow * Stride, rowCount * Stride);

    /// <summary>
    /// Moves the rows together, without padding, and returns them: <see cref="RowCount"/> x <see cref="ColumnCount"/>, in this matrix's own memory, which is
    /// no matrix afterwards.
    /// </summary>
    public Memory<float> Compact()
    {
        Span<float> rows = _storage.AsSpan(_start);
        // A row moves towards the start, over rows that have moved.
        for (int row = 1; Stride != ColumnCount && row < RowCount; row++)
            rows.Slice(row * Stride, ColumnCount).CopyTo(rows[(row * ColumnCount)..]);
        return _storage.AsMemory(_start, RowCount * ColumnCount);
    }

    /// <summary>The rows from firstRow on as a dense row-major array of <see cref="ColumnCount"/> floats a row.</summary>
    public float[] ToArray(int firstRow, int rowCount)
    {
        float[] dense = GC.AllocateUninitializedArray<float>(rowCount * ColumnCount);
        for (int r = 0; r < rowCount; r++)
            Row(firstRow + r).CopyTo(dense.AsSpan(r * ColumnCount, ColumnCount));
        return dense;
    }
}
