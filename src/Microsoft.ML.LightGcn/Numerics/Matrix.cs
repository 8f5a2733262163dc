namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// A row-major float table that starts on a pair of 64-byte cache lines and whose rows are padded with zeros to a multiple of
/// <see cref="ComponentBlock"/> components, so that they start on lines. Kernels therefore work on whole registers only, for every dimension: zeros
/// stay zeros under sums, products and Adam.
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

    public Matrix(int rowCount, int dimension)
    {
        long length = (long)rowCount * StrideOf(dimension);
        if (length > MaxLength)
            throw new ArgumentOutOfRangeException(nameof(rowCount), $"A table of {rowCount} rows of {dimension} components takes {length} floats; the greatest array holds {MaxLength}.");
        RowCount = rowCount;
        Dimension = dimension;
        Stride = StrideOf(dimension);
        _storage = GC.AllocateArray<float>((int)length + Slack, pinned: true);
        fixed (float* p = _storage)
        {
            _start = (int)((-(nint)p & (Alignment - 1)) / sizeof(float));
            HugePages.Advise(p, (nuint)_storage.Length * sizeof(float));
        }
    }

    /// <summary>The greatest number of floats, padding included, that a table can hold.</summary>
    public static long MaxLength => Array.MaxLength - Slack;

    public int RowCount { get; }

    public int Dimension { get; }

    /// <summary>Floats from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>First row; 128-byte aligned. Keep this object alive (GC.KeepAlive) while the pointer is in use.</summary>
    public float* Pointer => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _storage[_start]);

    /// <summary>All rows, padding included.</summary>
    public Span<float> Padded => _storage.AsSpan(_start, RowCount * Stride);

    /// <summary>All rows, padding included.</summary>
    public ReadOnlyMemory<float> Memory => _storage.AsMemory(_start, RowCount * Stride);

    public static int StrideOf(int dimension) => (dimension + ComponentBlock - 1) / ComponentBlock * ComponentBlock;

    /// <summary>The components of a row, without padding.</summary>
    public Span<float> Row(int row) => _storage.AsSpan(_start + row * Stride, Dimension);

    /// <summary>The components of a row and its padding of zeros.</summary>
    public Span<float> PaddedRow(int row) => _storage.AsSpan(_start + row * Stride, Stride);

    /// <summary>The rows from firstRow on as a dense row-major array of <see cref="Dimension"/> components a row.</summary>
    public float[] ToArray(int firstRow, int rowCount)
    {
        float[] dense = GC.AllocateUninitializedArray<float>(rowCount * Dimension);
        for (int r = 0; r < rowCount; r++)
            Row(firstRow + r).CopyTo(dense.AsSpan(r * Dimension, Dimension));
        return dense;
    }
}
