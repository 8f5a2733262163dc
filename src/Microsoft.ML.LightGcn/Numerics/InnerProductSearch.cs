using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Finds the rows of a table that have the largest inner product with one vector: one pass over all rows in 8-bit numbers, a
/// quarter of the memory traffic, rules nearly all of them out, and the rest are scored in full.
/// </summary>
/// <remarks>
/// The answer is exact: the rows, scores and order are those of <see cref="PairScore"/> on every row, ties by ascending row.
/// A row x is kept as integers q with one step s a row. It is left out only if s q.v + |v| m is no greater than the N-th best
/// score so far, where m bounds |x - s q| and the rounding of both sums. The bound holds for sums in any order, so the result
/// does not depend on the register width. Rows of zeros are never selected.
/// </remarks>
internal sealed unsafe class InnerProductSearch
{
    // A 32-bit word holds one component of four rows, as integers from 1 to 255 that stand for -127 to 127.
    private const int RowsPerWord = 4;
    private const int MaximumLevel = 127;
    private const int Offset = 128;
    private const int ComponentsPerStep = 2;

    // |v| |x| (components + 4) times this and the root of the components is more than both sums can be wrong by rounding:
    // a product of the pass is at most 2.02 |x| |v_k|, and the |v_k| add up to at most |v| times that root.
    private const double Rounding = 4.0 / (1 << 24);

    private readonly ReadOnlyMemory<float> _rows;
    private readonly int _dimension;
    private readonly int _lanes;
    private readonly Matrix _panels;
    private readonly float[] _steps;
    private readonly float[] _margins;
    private readonly float[] _inverseNorms;

    /// <param name="rows">Dense row-major table, which must not change.</param>
    /// <param name="dimension">Components of a row.</param>
    public InnerProductSearch(ReadOnlyMemory<float> rows, int dimension)
    {
        _rows = rows;
        _dimension = dimension;
        RowCount = rows.Length / dimension;
        Stride = Matrix.StrideOf(dimension);
        _lanes = Vector512.IsHardwareAccelerated ? Width512.Count : Vector256.IsHardwareAccelerated ? Width256.Count : Width128.Count;
        int rowsPerPanel = RowsPerWord * _lanes;
        _panels = new Matrix((RowCount + rowsPerPanel - 1) / rowsPerPanel, Stride * _lanes);
        _steps = new float[_panels.RowCount * rowsPerPanel];
        _margins = new float[_steps.Length];
        _inverseNorms = new float[_steps.Length];
        Parallel.For(0, _panels.RowCount, panel =>
        {
            for (int row = panel * rowsPerPanel; row < Math.Min(RowCount, (panel + 1) * rowsPerPanel); row++)
                Pack(row);
        });
    }

    public int RowCount { get; }

    /// <summary>Number of rows, padded: the length of what is added to their scores.</summary>
    public int PaddedRowCount => _steps.Length;

    /// <summary>Floats of the vector to search for: the components, padded with zeros.</summary>
    public int Stride { get; }

    /// <summary>Writes the rows with the largest inner products.</summary>
    /// <param name="vector">The vector, <see cref="Stride"/> floats.</param>
    /// <param name="byCosine">Whether to divide each inner product by the norm of the row.</param>
    /// <param name="excluded">Rows that are never selected.</param>
    /// <param name="rows">Receives row numbers, best first; its length is N.</param>
    /// <param name="scores">Receives their scores; at least as long as <paramref name="rows"/>.</param>
    /// <param name="addends">A number for each row, <see cref="PaddedRowCount"/> in all, that is added to its score; empty for none.</param>
    /// <returns>
    /// The number of rows selected: fewer than N only if there are no more. A score of NaN or negative infinity is never selected, nor is a row of zeros.
    /// </returns>
    public int Select(
        ReadOnlySpan<float> vector, bool byCosine, ExcludedRows excluded, Span<int> rows, Span<float> scores, ReadOnlySpan<float> addends = default)
    {
        if (vector.Length != Stride)
            throw new ArgumentException($"Expected a vector of {Stride} components, found {vector.Length}.", nameof(vector));
        if (!addends.IsEmpty)
            Spans.CheckLength(addends, PaddedRowCount);
        if (rows.IsEmpty)
            return 0;
        int count = Vector512.IsHardwareAccelerated ? Select<Width512, Vector512<float>>(vector, byCosine, excluded, rows, scores, addends)
            : Vector256.IsHardwareAccelerated ? Select<Width256, Vector256<float>>(vector, byCosine, excluded, rows, scores, addends)
            : Select<Width128, Vector128<float>>(vector, byCosine, excluded, rows, scores, addends);
        GC.KeepAlive(this);
        return count;
    }

    /// <summary>The score of one row, as <see cref="Select"/> gives it; NaN for a row of zeros.</summary>
    public float Score(ReadOnlySpan<float> vector, bool byCosine, int row, ReadOnlySpan<float> addends = default)
    {
        float product = PairScore.Compute(vector[.._dimension], _rows.Span.Slice(row * _dimension, _dimension)), inverseNorm = _inverseNorms[row];
        float score = byCosine || float.IsNaN(inverseNorm) ? product * inverseNorm : product;
        return addends.IsEmpty ? score : score + addends[row];
    }

    /// <summary>Writes a row divided by its norm, padded with zeros; NaN for a row of zeros, which finds nothing.</summary>
    public void WriteUnit(int row, Span<float> vector)
    {
        TensorPrimitives.Multiply(_rows.Span.Slice(row * _dimension, _dimension), _inverseNorms[row], vector);
        vector[_dimension..].Clear();
    }

    // Compiled in full at once: a server's first calls would otherwise take ten times as long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Select<TWidth, TVector>(
        ReadOnlySpan<float> vector, bool byCosine, ExcludedRows excluded, Span<int> rows, Span<float> scores, ReadOnlySpan<float> addends)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        // A vector with a NaN has NaN bounds, which compare false: nothing is selected.
        TVector norm = TWidth.Broadcast((float)(Math.Sqrt(SquaredNorm(vector)) * (1 + 1e-6)));
        TVector correction = TWidth.Broadcast(-Offset * TensorPrimitives.Sum(vector));
        BestRows best = new(rows, scores);
        TVector limit = TWidth.Broadcast(best.Threshold);
        int rowsPerPanel = RowsPerWord * TWidth.Count;
        float* bounds = stackalloc float[rowsPerPanel];
        fixed (float* components = vector, steps = _steps, margins = _margins, inverseNorms = _inverseNorms, added = addends)
        {
            for (int panel = 0, firstRow = 0; panel < _panels.RowCount; panel++, firstRow += rowsPerPanel)
            {
                Products<TWidth, TVector>(components, _panels.Pointer + (nint)panel * _panels.Stride, Stride, bounds);
                bool any = false;
                for (int part = 0; part < rowsPerPanel; part += TWidth.Count)
                {
                    int first = firstRow + part;
                    TVector bound = TWidth.Multiply(TWidth.Add(TWidth.Load(bounds + part), correction), TWidth.Load(steps + first));
                    bound = TWidth.FusedMultiplyAdd(norm, TWidth.Load(margins + first), bound);
                    if (byCosine)
                        bound = TWidth.Multiply(bound, TWidth.Load(inverseNorms + first));
                    // Sums are rounded alike, so a bound stays a bound.
                    if (added is not null)
                        bound = TWidth.Add(bound, TWidth.Load(added + first));
                    TWidth.Store(bound, bounds + part);
                    any |= TWidth.AnyGreater(bound, limit);
                }
                if (!any)
                    continue;
                int panelRows = Math.Min(rowsPerPanel, RowCount - firstRow);
                for (int lane = 0; lane < panelRows; lane++)
                {
                    int row = firstRow + lane;
                    if (!(bounds[lane] > best.Threshold) || excluded.Contains(row))
                        continue;
                    float score = Score(vector, byCosine, row, addends);
                    if (score > best.Threshold)
                        best.Add(row, score);
                }
                limit = TWidth.Broadcast(best.Threshold);
            }
        }
        return best.Finish();
    }

    /// <summary>The products of the vector with the offset integers of a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Products<TWidth, TVector>(float* components, float* packed, int stride, float* products)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector byte0 = TWidth.Broadcast(BitConverter.UInt32BitsToSingle(0xFF));
        TVector byte1 = TWidth.Broadcast(BitConverter.UInt32BitsToSingle(0xFF00));
        TVector byte2 = TWidth.Broadcast(BitConverter.UInt32BitsToSingle(0xFF0000));
        TVector a0 = TWidth.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (int k = 0; k < stride; k += ComponentsPerStep)
        {
            // The middle bytes stay where they are, 2^8 and 2^16 times too great, which is put right at the end.
            TVector words = TWidth.Load(packed), x = TWidth.Broadcast(components[k]);
            a0 = TWidth.FusedMultiplyAdd(x, TWidth.MaskedToSingle(words, byte0), a0);
            a1 = TWidth.FusedMultiplyAdd(x, TWidth.MaskedToSingle(words, byte1), a1);
            a2 = TWidth.FusedMultiplyAdd(x, TWidth.MaskedToSingle(words, byte2), a2);
            a3 = TWidth.FusedMultiplyAdd(x, TWidth.HighByteToSingle(words), a3);
            words = TWidth.Load(packed + TWidth.Count);
            x = TWidth.Broadcast(components[k + 1]);
            b0 = TWidth.FusedMultiplyAdd(x, TWidth.MaskedToSingle(words, byte0), b0);
            b1 = TWidth.FusedMultiplyAdd(x, TWidth.MaskedToSingle(words, byte1), b1);
            b2 = TWidth.FusedMultiplyAdd(x, TWidth.MaskedToSingle(words, byte2), b2);
            b3 = TWidth.FusedMultiplyAdd(x, TWidth.HighByteToSingle(words), b3);
            packed += ComponentsPerStep * TWidth.Count;
        }
        TWidth.Store(TWidth.Add(a0, b0), products);
        TWidth.Store(TWidth.Multiply(TWidth.Add(a1, b1), TWidth.Broadcast(1f / (1 << 8))), products + TWidth.Count);
        TWidth.Store(TWidth.Multiply(TWidth.Add(a2, b2), TWidth.Broadcast(1f / (1 << 16))), products + 2 * TWidth.Count);
        TWidth.Store(TWidth.Add(a3, b3), products + 3 * TWidth.Count);
    }

    /// <summary>Packs a row: byte b of lane l is row b x lanes + l of the panel.</summary>
    private void Pack(int row)
    {
        ReadOnlySpan<float> components = _rows.Span.Slice(row * _dimension, _dimension);
        (int panel, int place) = Math.DivRem(row, RowsPerWord * _lanes);
        (int shift, int lane) = (place / _lanes * 8, place % _lanes);
        Span<uint> words = MemoryMarshal.Cast<float, uint>(_panels.Row(panel));
        float step = MathF.Abs(TensorPrimitives.MaxMagnitude(components)) / MaximumLevel;
        double squaredError = 0;
        for (int k = 0; k < Stride; k++)
        {
            float component = k < components.Length ? components[k] : 0;
            // Whatever the level, the error is that of this level: a division that rounds or overflows only costs time later.
            int level = step > 0 ? (int)Math.Clamp(MathF.Round(component / step), -MaximumLevel, MaximumLevel) : 0;
            double error = component - (double)step * level;
            squaredError += error * error;
            words[k * _lanes + lane] |= (uint)(level + Offset) << shift;
        }
        double norm = Math.Sqrt(SquaredNorm(components));
        double margin = Math.Sqrt(squaredError) + Rounding * (Stride + 4) * Math.Sqrt(Stride) * norm;
        _steps[row] = step;
        // The bound of a row of zeros is NaN, which compares false: such a row says nothing, and is never selected.
        _margins[row] = norm > 0 ? (float)(margin * (1 + 1e-6)) + float.Epsilon : float.NaN;
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
