using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// A table's rows packed for products with many other rows: panels of neighbouring rows, component by component, so that a
/// register holds one component of neighbouring rows.
/// </summary>
/// <remarks>
/// The inner product of two rows is defined exactly, so that every path gives the same bits (see PairScore): the components
/// are cut into blocks of 16, each block is summed from 0 in ascending order by fused multiply-adds, and the block sums are
/// added in ascending order to 0. Lanes hold different rows, so the register width does not matter.
/// </remarks>
internal sealed unsafe class RowPanels
{
    /// <summary>Rows of a part start at a multiple of this: whole panels of any register width.</summary>
    public const int PartMultiple = 32;

    private const int MostRows = 7, FewRows = 4;
    private const int ComponentBlock = Matrix.ComponentBlock;

    private readonly Matrix _panels;
    private readonly int _width;

    /// <param name="rowCount">Number of rows.</param>
    /// <param name="dimension">Components of a row.</param>
    /// <param name="room">A matrix whose memory the panels take where they fit, and which is no matrix afterwards; null to take memory of their own.</param>
    public RowPanels(int rowCount, int dimension, Matrix? room = null)
    {
        RowCount = rowCount;
        _width = 2 * (Vector512.IsHardwareAccelerated ? Width512.Count : Vector256.IsHardwareAccelerated ? Width256.Count : Width128.Count);
        Stride = Matrix.StrideOf(dimension);
        int panelCount = (rowCount + _width - 1) / _width;
        int length = Stride * _width;
        if (room is not null && (long)panelCount * length <= room.Padded.Length)
        {
            _panels = room;
            room.Padded[..(panelCount * length)].Clear();
        }
        else
        {
            _panels = new Matrix(panelCount, length);
        }
    }

    public int RowCount { get; }

    /// <summary>Floats of a packed row, padding included; left rows have the same.</summary>
    public int Stride { get; }

    /// <summary>Packs one row.</summary>
    public void Set(int row, ReadOnlySpan<float> components)
    {
        (int panel, int lane) = Math.DivRem(row, _width);
        Span<float> target = Panel(panel);
        for (int k = 0; k < components.Length; k++)
            target[k * _width + lane] = components[k];
    }

    private Span<float> Panel(int panel) => _panels.Padded.Slice(panel * Stride * _width, Stride * _width);

    /// <summary>The inner product of one left row with one packed row.</summary>
    /// <param name="left">The left row's components, with or without padding.</param>
    /// <param name="row">The packed row.</param>
    public float Product(ReadOnlySpan<float> left, int row)
    {
        (int panel, int lane) = Math.DivRem(row, _width);
        ReadOnlySpan<float> packed = Panel(panel);
        using PooledVector components = new(left.Length);
        for (int k = 0; k < left.Length; k++)
            components.Span[k] = packed[k * _width + lane];
        return PairScore.Compute(left, components.Span);
    }

    /// <summary>Writes the inner product of every left row with every packed row.</summary>
    /// <param name="left">Table of the left rows, <see cref="Stride"/> floats a row.</param>
    /// <param name="rows">The left rows to use, in order.</param>
    /// <param name="products">Destination, row-major, rows.Length x <see cref="RowCount"/>.</param>
    public void Multiply(ReadOnlySpan<float> left, ReadOnlySpan<int> rows, Span<float> products) => Multiply(left, rows, 0, RowCount, products);

    /// <summary>Writes the inner product of every left row with some of the packed rows.</summary>
    /// <param name="left">Table of the left rows, <see cref="Stride"/> floats a row.</param>
    /// <param name="rows">The left rows to use, in order.</param>
    /// <param name="first">The first packed row, a multiple of <see cref="PartMultiple"/>.</param>
    /// <param name="count">How many packed rows.</param>
    /// <param name="products">Destination, row-major, rows.Length x count.</param>
    public void Multiply(ReadOnlySpan<float> left, ReadOnlySpan<int> rows, int first, int count, Span<float> products)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(first % PartMultiple, 0, nameof(first));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, RowCount - first);
        Spans.CheckRoom(products, (long)rows.Length * count);
        foreach (int row in rows)
            Spans.CheckRoom(left, (row + 1L) * Stride);
        fixed (float* table = left)
            Multiply(table, rows, first, count, products);
    }

    private void Multiply(float* left, ReadOnlySpan<int> rows, int first, int count, Span<float> products)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Width512, Vector512<float>>(left, rows, first, count, products);
        else if (Vector256.IsHardwareAccelerated)
            Multiply<Width256, Vector256<float>>(left, rows, first, count, products);
        else
            Multiply<Width128, Vector128<float>>(left, rows, first, count, products);
        GC.KeepAlive(this);
    }

    private void Multiply<TWidth, TVector>(float* left, ReadOnlySpan<int> leftRows, int firstRow, int rowCount, Span<float> products)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float** rows = stackalloc float*[MostRows];
        float* tail = stackalloc float[MostRows * _width];
        nint panel = (nint)Stride * _width, fetchedAtOnce = panel * sizeof(float) / Math.Max(1, leftRows.Length / MostRows) + CacheLines.Size;
        fixed (float* output = products)
        {
            // A panel stays in the first-level cache while all left rows pass it.
            float* packed = _panels.Pointer + firstRow / _width * panel;
            for (int firstColumn = 0; firstColumn < rowCount; firstColumn += _width, packed += panel)
            {
                int width = Math.Min(_width, rowCount - firstColumn);
                // The next panel comes from memory, some lines with each tile.
                nint fetched = 0, toFetch = firstRow + firstColumn + _width < RowCount ? panel * sizeof(float) : 0;
                for (int first = 0, size; first < leftRows.Length; first += size)
                {
                    size = RowsOf<TWidth>(leftRows.Length - first);
                    int count = Math.Min(size, leftRows.Length - first);
                    // Missing rows of the last tile repeat its first one; their products go to the tail and are dropped.
                    for (int r = 0; r < size; r++)
                        rows[r] = left + (nint)leftRows[first + (r < count ? r : 0)] * Stride;
                    CacheLines.Fetch((byte*)(packed + panel) + fetched, Math.Min(fetchedAtOnce, toFetch - fetched));
                    fetched = Math.Min(fetched + fetchedAtOnce, toFetch);
                    if (count == size && width == _width)
                    {
                        Tile<TWidth, TVector>(size, rows, packed, output + (nint)first * rowCount + firstColumn, rowCount);
                    }
                    else
                    {
                        Tile<TWidth, TVector>(size, rows, packed, tail, _width);
                        for (int r = 0; r < count; r++)
                            new ReadOnlySpan<float>(tail + r * _width, width).CopyTo(products.Slice((first + r) * rowCount + firstColumn, width));
                    }
                }
            }
        }
    }

    /// <summary>Left rows of the next tile: as many as there are registers for, and not many more than are left.</summary>
    private static int RowsOf<TWidth>(int left) => typeof(TWidth) == typeof(Width256) || left is <= 4 or 8 ? FewRows : MostRows;

    private void Tile<TWidth, TVector>(int size, float** rows, float* packed, float* output, nint outputStride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        if (size == MostRows)
            SevenRows<TWidth, TVector>(rows, packed, output, outputStride, Stride);
        else
            FourRows<TWidth, TVector>(rows, packed, output, outputStride, Stride);
    }

    /// <summary>Seven left rows by two registers of packed rows: with fourteen sums of a block and fourteen totals, 31 of 32 registers.</summary>
    private static void SevenRows<TWidth, TVector>(float** rows, float* packed, float* output, nint outputStride, int stride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* u0 = rows[0], u1 = rows[1], u2 = rows[2], u3 = rows[3], u4 = rows[4], u5 = rows[5], u6 = rows[6];
        TVector zero = TWidth.Broadcast(0);
        TVector left0 = zero, left1 = zero, left2 = zero, left3 = zero, left4 = zero, left5 = zero, left6 = zero;
        TVector right0 = zero, right1 = zero, right2 = zero, right3 = zero, right4 = zero, right5 = zero, right6 = zero;
        for (int block = 0; block < stride; block += ComponentBlock)
        {
            TVector a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero, a6 = zero;
            TVector b0 = zero, b1 = zero, b2 = zero, b3 = zero, b4 = zero, b5 = zero, b6 = zero;
            for (int k = block; k < block + ComponentBlock; k++)
            {
                TVector left = TWidth.Load(packed), right = TWidth.Load(packed + TWidth.Count);
                packed += 2 * TWidth.Count;
                TVector x = TWidth.Broadcast(u0[k]);
                a0 = TWidth.FusedMultiplyAdd(x, left, a0);
                b0 = TWidth.FusedMultiplyAdd(x, right, b0);
                x = TWidth.Broadcast(u1[k]);
                a1 = TWidth.FusedMultiplyAdd(x, left, a1);
                b1 = TWidth.FusedMultiplyAdd(x, right, b1);
                x = TWidth.Broadcast(u2[k]);
                a2 = TWidth.FusedMultiplyAdd(x, left, a2);
                b2 = TWidth.FusedMultiplyAdd(x, right, b2);
                x = TWidth.Broadcast(u3[k]);
                a3 = TWidth.FusedMultiplyAdd(x, left, a3);
                b3 = TWidth.FusedMultiplyAdd(x, right, b3);
                x = TWidth.Broadcast(u4[k]);
                a4 = TWidth.FusedMultiplyAdd(x, left, a4);
                b4 = TWidth.FusedMultiplyAdd(x, right, b4);
                x = TWidth.Broadcast(u5[k]);
                a5 = TWidth.FusedMultiplyAdd(x, left, a5);
                b5 = TWidth.FusedMultiplyAdd(x, right, b5);
                x = TWidth.Broadcast(u6[k]);
                a6 = TWidth.FusedMultiplyAdd(x, left, a6);
                b6 = TWidth.FusedMultiplyAdd(x, right, b6);
            }
            (left0, right0) = (TWidth.Add(left0, a0), TWidth.Add(right0, b0));
            (left1, right1) = (TWidth.Add(left1, a1), TWidth.Add(right1, b1));
            (left2, right2) = (TWidth.Add(left2, a2), TWidth.Add(right2, b2));
            (left3, right3) = (TWidth.Add(left3, a3), TWidth.Add(right3, b3));
            (left4, right4) = (TWidth.Add(left4, a4), TWidth.Add(right4, b4));
            (left5, right5) = (TWidth.Add(left5, a5), TWidth.Add(right5, b5));
            (left6, right6) = (TWidth.Add(left6, a6), TWidth.Add(right6, b6));
        }
        Store<TWidth, TVector>(left0, right0, output);
        Store<TWidth, TVector>(left1, right1, output + outputStride);
        Store<TWidth, TVector>(left2, right2, output + 2 * outputStride);
        Store<TWidth, TVector>(left3, right3, output + 3 * outputStride);
        Store<TWidth, TVector>(left4, right4, output + 4 * outputStride);
        Store<TWidth, TVector>(left5, right5, output + 5 * outputStride);
        Store<TWidth, TVector>(left6, right6, output + 6 * outputStride);
    }

    /// <summary>Four left rows by two registers of packed rows: eleven of sixteen registers, and the totals elsewhere.</summary>
    private static void FourRows<TWidth, TVector>(float** rows, float* packed, float* output, nint outputStride, int stride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* u0 = rows[0], u1 = rows[1], u2 = rows[2], u3 = rows[3];
        TVector zero = TWidth.Broadcast(0);
        TVector left0 = zero, left1 = zero, left2 = zero, left3 = zero, right0 = zero, right1 = zero, right2 = zero, right3 = zero;
        for (int block = 0; block < stride; block += ComponentBlock)
        {
            TVector a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
            for (int k = block; k < block + ComponentBlock; k++)
            {
                TVector left = TWidth.Load(packed), right = TWidth.Load(packed + TWidth.Count);
                packed += 2 * TWidth.Count;
                TVector x = TWidth.Broadcast(u0[k]);
                a0 = TWidth.FusedMultiplyAdd(x, left, a0);
                b0 = TWidth.FusedMultiplyAdd(x, right, b0);
                x = TWidth.Broadcast(u1[k]);
                a1 = TWidth.FusedMultiplyAdd(x, left, a1);
                b1 = TWidth.FusedMultiplyAdd(x, right, b1);
                x = TWidth.Broadcast(u2[k]);
                a2 = TWidth.FusedMultiplyAdd(x, left, a2);
                b2 = TWidth.FusedMultiplyAdd(x, right, b2);
                x = TWidth.Broadcast(u3[k]);
                a3 = TWidth.FusedMultiplyAdd(x, left, a3);
                b3 = TWidth.FusedMultiplyAdd(x, right, b3);
            }
            (left0, right0) = (TWidth.Add(left0, a0), TWidth.Add(right0, b0));
            (left1, right1) = (TWidth.Add(left1, a1), TWidth.Add(right1, b1));
            (left2, right2) = (TWidth.Add(left2, a2), TWidth.Add(right2, b2));
            (left3, right3) = (TWidth.Add(left3, a3), TWidth.Add(right3, b3));
        }
        Store<TWidth, TVector>(left0, right0, output);
        Store<TWidth, TVector>(left1, right1, output + outputStride);
        Store<TWidth, TVector>(left2, right2, output + 2 * outputStride);
        Store<TWidth, TVector>(left3, right3, output + 3 * outputStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth, TVector>(TVector left, TVector right, float* output)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TWidth.Store(left, output);
        TWidth.Store(right, output + TWidth.Count);
    }
}
