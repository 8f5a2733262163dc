using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Kernels;

/// <summary>
/// Finds the rows of a table that have the greatest inner product with one vector: one pass over all rows in bfloat16, which is
/// half the memory traffic, rules nearly all of them out, and the rest are scored in full.
/// </summary>
/// <remarks>
/// The answer is exact: the rows, scores and order are those of <see cref="PairScore"/> on every row, ties by ascending row. A
/// row x kept as b is left out only if b.v + |v| m is no greater than the N-th best score so far, where m bounds |x - b| and
/// the rounding of both sums. The bound holds for sums in any order, so the result does not depend on the register width.
/// </remarks>
internal sealed unsafe class InnerProductSearch
{
    // Room for the rounding of two sums of products, each of no more than (components + 2) x 2^-24 x |x| |v|, doubled for safety.
    private const double RoundingPerComponent = 4.0 / (1 << 24);
    private const int ComponentsPerStep = 4;

    private readonly ReadOnlyMemory<float> _rows;
    private readonly int _dimension;
    private readonly int _width;
    private readonly EmbeddingTable _panels;
    private readonly float[] _margins;
    private readonly float[] _inverseNorms;

    /// <param name="rows">Dense row-major table, which must not change.</param>
    /// <param name="dimension">Components of a row.</param>
    public InnerProductSearch(ReadOnlyMemory<float> rows, int dimension)
    {
        _rows = rows;
        _dimension = dimension;
        RowCount = rows.Length / dimension;
        Stride = EmbeddingTable.StrideOf(dimension);
        _width = Vector512.IsHardwareAccelerated ? Width512.Count : Vector256.IsHardwareAccelerated ? Width256.Count : Width128.Count;
        int panels = (RowCount + 2 * _width - 1) / (2 * _width);
        _panels = new EmbeddingTable(panels, Stride * _width);
        _margins = new float[panels * 2 * _width];
        _inverseNorms = new float[_margins.Length];
        for (int row = 0; row < RowCount; row++)
            Pack(row);
    }

    public int RowCount { get; }

    /// <summary>Floats of the vector to search for: the components, padded with zeros.</summary>
    public int Stride { get; }

    /// <summary>Writes the rows with the greatest inner products.</summary>
    /// <param name="vector">The vector, <see cref="Stride"/> floats.</param>
    /// <param name="byCosine">Whether to divide each inner product by the norm of the row; rows of zeros are then never selected.</param>
    /// <param name="excluded">Rows that are never selected.</param>
    /// <param name="rows">Receives row numbers, best first; its length is N.</param>
    /// <param name="scores">Receives their scores; at least as long as <paramref name="rows"/>.</param>
    /// <returns>The number of rows selected: fewer than N only if there are no more. A score of NaN or negative infinity is never selected.</returns>
    public int Select(ReadOnlySpan<float> vector, bool byCosine, ExcludedRows excluded, Span<int> rows, Span<float> scores)
    {
        if (vector.Length != Stride)
            throw new ArgumentException($"Expected a vector of {Stride} components, found {vector.Length}.", nameof(vector));
        if (rows.IsEmpty)
            return 0;
        int count = Vector512.IsHardwareAccelerated ? Select<Width512, Vector512<float>>(vector, byCosine, excluded, rows, scores)
            : Vector256.IsHardwareAccelerated ? Select<Width256, Vector256<float>>(vector, byCosine, excluded, rows, scores)
            : Select<Width128, Vector128<float>>(vector, byCosine, excluded, rows, scores);
        GC.KeepAlive(this);
        return count;
    }

    /// <summary>The score of one row, as <see cref="Select"/> gives it.</summary>
    public float Score(ReadOnlySpan<float> vector, bool byCosine, int row)
    {
        float product = PairScore.Compute(vector[.._dimension], _rows.Span.Slice(row * _dimension, _dimension));
        return byCosine ? product * _inverseNorms[row] : product;
    }

    private int Select<TWidth, TVector>(ReadOnlySpan<float> vector, bool byCosine, ExcludedRows excluded, Span<int> rows, Span<float> scores)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        // NaN or infinite vectors compare false everywhere: nothing is selected.
        TVector norm = TWidth.Broadcast((float)(Math.Sqrt(SquaredNorm(vector)) * (1 + 1e-6)));
        float threshold = float.NegativeInfinity;
        TVector limit = TWidth.Broadcast(threshold);
        float* bounds = stackalloc float[2 * TWidth.Count];
        int count = 0;
        fixed (float* components = vector, margins = _margins, inverseNorms = _inverseNorms)
        {
            for (int panel = 0, firstRow = 0; panel < _panels.RowCount; panel++, firstRow += 2 * TWidth.Count)
            {
                (TVector low, TVector high) = Products<TWidth, TVector>(components, _panels.Pointer + (nint)panel * _panels.Stride, Stride);
                low = TWidth.FusedMultiplyAdd(norm, TWidth.Load(margins + firstRow), low);
                high = TWidth.FusedMultiplyAdd(norm, TWidth.Load(margins + firstRow + TWidth.Count), high);
                if (byCosine)
                {
                    low = TWidth.Multiply(low, TWidth.Load(inverseNorms + firstRow));
                    high = TWidth.Multiply(high, TWidth.Load(inverseNorms + firstRow + TWidth.Count));
                }
                if (!TWidth.AnyGreater(low, limit) && !TWidth.AnyGreater(high, limit))
                    continue;
                TWidth.Store(low, bounds);
                TWidth.Store(high, bounds + TWidth.Count);
                int width = Math.Min(2 * TWidth.Count, RowCount - firstRow);
                for (int lane = 0; lane < width; lane++)
                {
                    int row = firstRow + lane;
                    if (!(bounds[lane] > threshold) || excluded.Contains(row))
                        continue;
                    float score = Score(vector, byCosine, row);
                    if (score > threshold)
                        threshold = TopNSelection.Insert(score, row, rows, scores, ref count);
                }
                limit = TWidth.Broadcast(threshold);
            }
        }
        return count;
    }

    /// <summary>The products of the vector with a panel of rows, four running sums for each half of it.</summary>
    private static (TVector Low, TVector High) Products<TWidth, TVector>(float* components, float* packed, int stride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector a0 = TWidth.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (int k = 0; k < stride; k += ComponentsPerStep)
        {
            TVector pair = TWidth.Load(packed), x = TWidth.Broadcast(components[k]);
            a0 = TWidth.FusedMultiplyAdd(x, TWidth.WidenLow(pair), a0);
            b0 = TWidth.FusedMultiplyAdd(x, TWidth.WidenHigh(pair), b0);
            pair = TWidth.Load(packed + TWidth.Count);
            x = TWidth.Broadcast(components[k + 1]);
            a1 = TWidth.FusedMultiplyAdd(x, TWidth.WidenLow(pair), a1);
            b1 = TWidth.FusedMultiplyAdd(x, TWidth.WidenHigh(pair), b1);
            pair = TWidth.Load(packed + 2 * TWidth.Count);
            x = TWidth.Broadcast(components[k + 2]);
            a2 = TWidth.FusedMultiplyAdd(x, TWidth.WidenLow(pair), a2);
            b2 = TWidth.FusedMultiplyAdd(x, TWidth.WidenHigh(pair), b2);
            pair = TWidth.Load(packed + 3 * TWidth.Count);
            x = TWidth.Broadcast(components[k + 3]);
            a3 = TWidth.FusedMultiplyAdd(x, TWidth.WidenLow(pair), a3);
            b3 = TWidth.FusedMultiplyAdd(x, TWidth.WidenHigh(pair), b3);
            packed += ComponentsPerStep * TWidth.Count;
        }
        return (TWidth.Add(TWidth.Add(a0, a1), TWidth.Add(a2, a3)), TWidth.Add(TWidth.Add(b0, b1), TWidth.Add(b2, b3)));
    }

    /// <summary>Packs a row: the first half of a panel's rows are the low halves of its words, the second half the high ones.</summary>
    private void Pack(int row)
    {
        ReadOnlySpan<float> components = _rows.Span.Slice(row * _dimension, _dimension);
        (int panel, int lane) = Math.DivRem(row, 2 * _width);
        Span<uint> words = MemoryMarshal.Cast<float, uint>(_panels.Row(panel));
        double squaredError = 0;
        for (int k = 0; k < components.Length; k++)
        {
            uint half = BitConverter.SingleToUInt32Bits(components[k]) >> 16;
            double error = components[k] - BitConverter.UInt32BitsToSingle(half << 16);
            squaredError += error * error;
            words[k * _width + lane % _width] |= lane < _width ? half : half << 16;
        }
        double norm = Math.Sqrt(SquaredNorm(components));
        double margin = Math.Sqrt(squaredError) + RoundingPerComponent * (Stride + 2) * norm;
        _margins[row] = (float)(margin * (1 + 1e-6)) + float.Epsilon;
        _inverseNorms[row] = norm > 0 ? (float)(1 / norm) : float.NaN;
    }

    private static double SquaredNorm(ReadOnlySpan<float> components)
    {
        double sum = 0;
        foreach (float component in components)
            sum += (double)component * component;
        return sum;
    }
}
