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

    private const int LeftBlock = 8;
    private const int ComponentBlock = Matrix.ComponentBlock;

    private readonly Matrix _panels;
    private readonly int _width;

    public RowPanels(int rowCount, int dimension)
    {
        RowCount = rowCount;
        _width = 2 * (Vector512.IsHardwareAccelerated ? Width512.Count : Vector256.IsHardwareAccelerated ? Width256.Count : Width128.Count);
        Stride = Matrix.StrideOf(dimension);
        _panels = new Matrix((rowCount + _width - 1) / _width, Stride * _width);
    }

    public int RowCount { get; }

    /// <summary>Floats of a packed row, padding included; left rows have the same.</summary>
    public int Stride { get; }

    /// <summary>Packs one row.</summary>
    public void Set(int row, ReadOnlySpan<float> components)
    {
        (int panel, int lane) = Math.DivRem(row, _width);
        Span<float> target = _panels.Row(panel);
        for (int k = 0; k < components.Length; k++)
            target[k * _width + lane] = components[k];
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
        float** rows = stackalloc float*[LeftBlock];
        float* tail = stackalloc float[LeftBlock * _width];
        fixed (float* output = products)
        {
            // A panel stays in the first-level cache while all left rows pass it.
            for (int firstColumn = 0; firstColumn < rowCount; firstColumn += _width)
            {
                float* packed = _panels.Pointer + (nint)((firstRow + firstColumn) / _width) * _panels.Stride;
                int width = Math.Min(_width, rowCount - firstColumn);
                for (int first = 0; first < leftRows.Length; first += LeftBlock)
                {
                    int count = Math.Min(LeftBlock, leftRows.Length - first);
                    // Missing rows of the last block repeat its first one; their products go to the tail and are dropped.
                    for (int r = 0; r < LeftBlock; r++)
                        rows[r] = left + (nint)leftRows[first + (r < count ? r : 0)] * Stride;
                    if (count == LeftBlock && width == _width)
                    {
                        Tile<TWidth, TVector>(rows, packed, output + (nint)first * rowCount + firstColumn, rowCount);
                    }
                    else
                    {
                        Tile<TWidth, TVector>(rows, packed, tail, _width);
                        for (int r = 0; r < count; r++)
                            new ReadOnlySpan<float>(tail + r * _width, width).CopyTo(products.Slice((first + r) * rowCount + firstColumn, width));
                    }
                }
            }
        }
    }

    /// <summary>Eight left rows by two registers of packed rows: sixteen running sums, in two halves where there are sixteen registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tile<TWidth, TVector>(float** rows, float* packed, float* output, nint outputStride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        if (typeof(TWidth) == typeof(Width256))
        {
            HalfTile<TWidth, TVector>(rows, packed, output, outputStride, Stride);
            HalfTile<TWidth, TVector>(rows + 4, packed, output + 4 * outputStride, outputStride, Stride);
        }
        else
        {
            FullTile<TWidth, TVector>(rows, packed, output, outputStride, Stride);
        }
    }

    private static void FullTile<TWidth, TVector>(float** rows, float* packed, float* output, nint outputStride, int stride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* u0 = rows[0], u1 = rows[1], u2 = rows[2], u3 = rows[3], u4 = rows[4], u5 = rows[5], u6 = rows[6], u7 = rows[7];
        for (int block = 0; block < stride; block += ComponentBlock)
        {
            TVector a0 = TWidth.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
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
                x = TWidth.Broadcast(u7[k]);
                a7 = TWidth.FusedMultiplyAdd(x, left, a7);
                b7 = TWidth.FusedMultiplyAdd(x, right, b7);
            }
            bool first = block == 0;
            AddBlock<TWidth, TVector>(output, a0, b0, first);
            AddBlock<TWidth, TVector>(output + outputStride, a1, b1, first);
            AddBlock<TWidth, TVector>(output + 2 * outputStride, a2, b2, first);
            AddBlock<TWidth, TVector>(output + 3 * outputStride, a3, b3, first);
            AddBlock<TWidth, TVector>(output + 4 * outputStride, a4, b4, first);
            AddBlock<TWidth, TVector>(output + 5 * outputStride, a5, b5, first);
            AddBlock<TWidth, TVector>(output + 6 * outputStride, a6, b6, first);
            AddBlock<TWidth, TVector>(output + 7 * outputStride, a7, b7, first);
        }
    }

    private static void HalfTile<TWidth, TVector>(float** rows, float* packed, float* output, nint outputStride, int stride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* u0 = rows[0], u1 = rows[1], u2 = rows[2], u3 = rows[3];
        for (int block = 0; block < stride; block += ComponentBlock)
        {
            TVector a0 = TWidth.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
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
            bool first = block == 0;
            AddBlock<TWidth, TVector>(output, a0, b0, first);
            AddBlock<TWidth, TVector>(output + outputStride, a1, b1, first);
            AddBlock<TWidth, TVector>(output + 2 * outputStride, a2, b2, first);
            AddBlock<TWidth, TVector>(output + 3 * outputStride, a3, b3, first);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBlock<TWidth, TVector>(float* output, TVector left, TVector right, bool first)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector zero = TWidth.Broadcast(0);
        TWidth.Store(TWidth.Add(first ? zero : TWidth.Load(output), left), output);
        TWidth.Store(TWidth.Add(first ? zero : TWidth.Load(output + TWidth.Count), right), output + TWidth.Count);
    }
}
