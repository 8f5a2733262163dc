using System.Globalization;
using System.Numerics.Tensors;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// A sparse matrix as compressed rows: row r has entries in the columns Indices[Offsets[r]..Offsets[r+1]], which ascend, of the
/// values Weights at the same places; where there are none every entry is 1.
/// </summary>
/// <remarks>The three are arrays, or parts of a file that is mapped into memory.</remarks>
internal sealed record SparseRows(ReadOnlyMemory<int> Offsets, ReadOnlyMemory<int> Indices, ReadOnlyMemory<float> Weights = default)
{
    /// <summary>
    /// The least weight beside a mean of 1. In single precision a smaller one adds nothing to a sum with others, and what has small ones alone
    /// comes so near to zero in squares and products that its scores vanish.
    /// </summary>
    public const float MinimumRelativeWeight = 1e-12f;

    public int RowCount => Offsets.Length - 1;

    /// <summary>Number of entries.</summary>
    public int Count => Indices.Length;

    /// <summary>Whether entries have values other than 1.</summary>
    public bool HasWeights => !Weights.IsEmpty;

    /// <summary>The columns of a row's entries, ascending.</summary>
    public ReadOnlySpan<int> this[int row] => Indices.Span[RangeOf(row)];

    /// <summary>Number of entries of a row.</summary>
    public int CountOf(int row) => Offsets.Span[row + 1] - Offsets.Span[row];

    /// <summary>The weights of a row's entries; empty without weights.</summary>
    public ReadOnlySpan<float> WeightsOf(int row) => HasWeights ? Weights.Span[RangeOf(row)] : default;

    /// <summary>Where a row's entries lie.</summary>
    public Range RangeOf(int row)
    {
        ReadOnlySpan<int> offsets = Offsets.Span;
        return offsets[row]..offsets[row + 1];
    }

    /// <summary>The sum of a row.</summary>
    public double SumOf(int row)
    {
        if (!HasWeights)
            return CountOf(row);
        double sum = 0;
        foreach (float weight in WeightsOf(row))
            sum += weight;
        return sum;
    }

    /// <summary>Whether rows are whole, and their columns ascending and below a count: what untrusted data must be checked for.</summary>
    public bool IsValid(int columnCount)
    {
        ReadOnlySpan<int> offsets = Offsets.Span, indices = Indices.Span;
        bool valid = offsets[0] == 0 && offsets[^1] == indices.Length;
        for (int row = 0; valid && row < RowCount; row++)
        {
            int start = offsets[row], end = offsets[row + 1];
            valid = start <= end && end <= indices.Length;
            for (int entry = start; valid && entry < end; entry++)
                valid = (uint)indices[entry] < (uint)columnCount && (entry == start || indices[entry] > indices[entry - 1]);
        }
        return valid;
    }

    /// <summary>Whether a matrix of as many columns as rows has the same entry on both sides of its diagonal, and none on it.</summary>
    public bool IsSymmetric()
    {
        SparseRows transposed = Transpose(RowCount);
        bool symmetric = Offsets.Span.SequenceEqual(transposed.Offsets.Span)
            && Indices.Span.SequenceEqual(transposed.Indices.Span)
            && Weights.Span.SequenceEqual(transposed.Weights.Span);
        for (int row = 0; symmetric && row < RowCount; row++)
            symmetric = this[row].BinarySearch(row) < 0;
        return symmetric;
    }

    /// <summary>Sorts entries into rows; the weights of equal ones are added in the order in which they come.</summary>
    public static SparseRows FromEntries(ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<float> weights, int rowCount, int columnCount)
    {
        int[] offsets = new int[rowCount + 1];
        foreach (int row in rows)
            offsets[row]++;
        ToOffsets(offsets);
        int[] indices = GC.AllocateUninitializedArray<int>(rows.Length);
        float[] values = GC.AllocateUninitializedArray<float>(rows.Length);
        for (int entry = 0; entry < rows.Length; entry++)
        {
            int place = offsets[rows[entry]]++;
            (indices[place], values[place]) = (columns[entry], weights[entry]);
        }
        ShiftBack(offsets);
        // Transposing sorts, and keeps the order of equal entries.
        SparseRows columnsFirst = new SparseRows(offsets, indices, values).Transpose(columnCount);
        return columnsFirst.TransposeMerged(rowCount);
    }

    /// <summary>The matrix of columns: rows are visited in ascending order, so every column's entries come out ascending.</summary>
    public SparseRows Transpose(int columnCount)
    {
        (int[] offsets, int[] indices, float[]? weights) = Transposed(columnCount);
        return new SparseRows(offsets, indices, weights);
    }

    /// <summary>The matrix of columns, whose equal entries are merged; their weights are added in order.</summary>
    private SparseRows TransposeMerged(int columnCount)
    {
        (int[] offsets, int[] indices, float[]? weights) = Transposed(columnCount);
        return MergeEqual(offsets, indices, weights);
    }

    private (int[] Offsets, int[] Indices, float[]? Weights) Transposed(int columnCount)
    {
        ReadOnlySpan<int> rowOffsets = Offsets.Span, columns = Indices.Span;
        ReadOnlySpan<float> values = Weights.Span;
        int[] offsets = new int[columnCount + 1];
        foreach (int column in columns)
            offsets[column]++;
        ToOffsets(offsets);
        int[] indices = GC.AllocateUninitializedArray<int>(Count);
        float[]? weights = !HasWeights ? null : GC.AllocateUninitializedArray<float>(Count);
        for (int row = 0; row < rowOffsets.Length - 1; row++)
        {
            for (int entry = rowOffsets[row]; entry < rowOffsets[row + 1]; entry++)
            {
                int place = offsets[columns[entry]]++;
                indices[place] = row;
                if (weights is not null)
                    weights[place] = values[entry];
            }
        }
        ShiftBack(offsets);
        return (offsets, indices, weights);
    }

    /// <summary>The same rows with weights times a factor; offsets and indices are shared.</summary>
    public SparseRows Times(float factor)
    {
        float[] products = GC.AllocateUninitializedArray<float>(Count);
        TensorPrimitives.Multiply(Weights.Span, factor, products);
        return this with { Weights = products };
    }

    /// <summary>The same rows with weights divided by their mean; none where all are equal.</summary>
    /// <exception cref="ArgumentException">
    /// A weight is below <see cref="MinimumRelativeWeight"/> times the mean, or sums are infinite; the message says what was expected.
    /// </exception>
    public SparseRows WithMeanWeightOne()
    {
        ReadOnlySpan<float> weights = Weights.Span;
        if (weights.IsEmpty || float.IsFinite(weights[0]) && weights.IndexOfAnyExcept(weights[0]) < 0)
            return this with { Weights = default };
        double mean = 0;
        foreach (float weight in weights)
            mean += weight;
        mean /= Count;
        float[] scaled = Array.ConvertAll(weights.ToArray(), weight => (float)(weight / mean));
        if (!Array.TrueForAll(scaled, weight => weight >= MinimumRelativeWeight && float.IsFinite(weight)))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"expected finite sums of at least {MinimumRelativeWeight} times their mean over all edges"));
        return this with { Weights = scaled };
    }

    /// <summary>Turns counts into the start of each row.</summary>
    public static void ToOffsets(int[] counts)
    {
        int start = 0;
        for (int row = 0; row < counts.Length; row++)
            (counts[row], start) = (start, start + counts[row]);
    }

    /// <summary>Filling rows moved every start to the end of its row, which is the start of the next.</summary>
    public static void ShiftBack(int[] offsets)
    {
        Array.Copy(offsets, 0, offsets, 1, offsets.Length - 1);
        offsets[0] = 0;
    }

    /// <summary>Merges equal neighbouring entries of a row in place; their weights are added in order.</summary>
    public static SparseRows MergeEqual(int[] offsets, int[] indices, float[]? weights)
    {
        int write = 0, start = 0;
        for (int row = 0; row < offsets.Length - 1; row++)
        {
            int end = offsets[row + 1];
            offsets[row] = write;
            for (int read = start; read < end; read++)
            {
                bool isNew = read == start || indices[read] != indices[write - 1];
                if (weights is not null)
                    weights[isNew ? write : write - 1] = isNew ? weights[read] : weights[write - 1] + weights[read];
                if (isNew)
                    indices[write++] = indices[read];
            }
            start = end;
        }
        offsets[^1] = write;
        return new SparseRows(offsets, indices.AsMemory(0, write), weights is null ? default : weights.AsMemory(0, write));
    }
}

/// <summary>A vector given by its components other than zero.</summary>
/// <param name="Length">Number of components.</param>
/// <param name="Values">The components given.</param>
/// <param name="Indices">Their places, ascending; null where all components are given.</param>
internal readonly record struct SparseVector(int Length, float[] Values, int[]? Indices = null);
