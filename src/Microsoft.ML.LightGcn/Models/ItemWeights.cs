using System.Buffers;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// A square matrix of weights: how much an item in a user's history (the row) speaks for an item to score (the column).
/// </summary>
internal abstract class ItemWeights
{
    /// <summary>Number of rows and of columns.</summary>
    public abstract int ItemCount { get; }

    /// <summary>Size of all columns in a saved model.</summary>
    public abstract long SavedBytes { get; }

    public abstract float this[int seen, int item] { get; }

    /// <summary>The sum of a column over a history: the bits of <see cref="Sum"/> for that item.</summary>
    /// <param name="history">Item indices, ascending.</param>
    /// <param name="item">The item to score.</param>
    public virtual float Score(ReadOnlySpan<int> history, int item)
    {
        BlockedSum sum = new(0);
        foreach (int seen in history)
            sum.Add(seen, 1, this[seen, item]);
        return sum.Total;
    }

    /// <summary>Writes the sums of the rows of a history, by the definition of <see cref="ScatterSum"/> with factors of 1.</summary>
    /// <param name="history">Item indices, ascending.</param>
    /// <param name="scores">Destination, one for each column.</param>
    public abstract void Sum(ReadOnlySpan<int> history, Span<float> scores);

    /// <summary>A way to each column, in memory of its own.</summary>
    public abstract Func<int, SparseVector> Columns();
}

/// <summary>Every weight: 4 bytes each.</summary>
internal sealed class DenseItemWeights(Matrix weights) : ItemWeights
{
    /// <summary>The weights: a row for each item of a history, a column for each item to score.</summary>
    public Matrix Matrix => weights;

    public override int ItemCount => weights.RowCount;

    public override long SavedBytes => (long)ItemCount * ItemCount * sizeof(float);

    public override float this[int seen, int item] => weights.Row(seen)[item];

    public override void Sum(ReadOnlySpan<int> history, Span<float> scores)
    {
        scores.Clear();
        float[] ones = ArrayPool<float>.Shared.Rent(history.Length);
        ones.AsSpan(0, history.Length).Fill(1);
        ScatterSum.Add(history, ones, weights.Padded, 0, weights.Stride, scores);
        ArrayPool<float>.Shared.Return(ones);
    }

    public override Func<int, SparseVector> Columns() => item =>
    {
        float[] column = new float[ItemCount];
        for (int seen = 0; seen < column.Length; seen++)
            column[seen] = weights.Row(seen)[item];
        return new SparseVector(column.Length, column);
    };
}

/// <summary>The weights other than zero: 8 bytes each for rows, for columns, or for both.</summary>
internal sealed class SparseItemWeights : ItemWeights
{
    private readonly Lazy<SparseRows> _rows, _columns;

    private SparseItemWeights(Lazy<SparseRows> rows, Lazy<SparseRows> columns)
    {
        _rows = rows;
        _columns = columns;
    }

    /// <summary>From a row for each item of a history.</summary>
    public static SparseItemWeights FromRows(SparseRows rows) => new(new(rows), new(() => rows.Transpose(rows.RowCount)));

    /// <summary>From a row for each item to score.</summary>
    public static SparseItemWeights FromColumns(SparseRows columns) => new(new(() => columns.Transpose(columns.RowCount)), new(columns));

    /// <summary>From both, of the same weights.</summary>
    public static SparseItemWeights FromBoth(SparseRows rows, SparseRows columns) => new(new(rows), new(columns));

    /// <summary>The weights times a factor, by rows and by columns; both share their indices with these.</summary>
    public SparseItemWeights Times(float factor) => FromBoth(ByRow.Times(factor), ByColumn.Times(factor));

    public override int ItemCount => Either.RowCount;

    public int NonZeroCount => Either.Count;

    public override long SavedBytes => (long)NonZeroCount * (sizeof(int) + sizeof(float));

    /// <summary>For each item to score, the items of a history that speak for it, and how much.</summary>
    public SparseRows ByColumn => _columns.Value;

    /// <summary>For each item of a history, the items that it speaks for, and how much.</summary>
    public SparseRows ByRow => _rows.Value;

    private SparseRows Either => (_columns.IsValueCreated ? _columns : _rows).Value;

    public override float this[int seen, int item]
    {
        get
        {
            int found = ByColumn[item].BinarySearch(seen);
            return found < 0 ? 0 : ByColumn.WeightsOf(item)[found];
        }
    }

    public override float Score(ReadOnlySpan<int> history, int item) => PairScore.SumAt(history, ByColumn[item], ByColumn.WeightsOf(item));

    public override void Sum(ReadOnlySpan<int> history, Span<float> scores)
    {
        scores.Clear();
        float[]? sums = null;
        for (int start = 0, end; start < history.Length; start = end)
        {
            end = start + 1;
            while (end < history.Length && history[end] >> ScatterSum.BlockShift == history[start] >> ScatterSum.BlockShift)
                end++;
            if (end == start + 1)
            {
                Add(history[start], scores);
                continue;
            }
            // A block of several rows is summed apart from the scores.
            if (sums is null)
            {
                sums = ArrayPool<float>.Shared.Rent(scores.Length);
                sums.AsSpan(0, scores.Length).Clear();
            }
            for (int h = start; h < end; h++)
                Add(history[h], sums);
            for (int h = start; h < end; h++)
                Move(history[h], sums, scores);
        }
        if (sums is not null)
            ArrayPool<float>.Shared.Return(sums);
    }

    public override Func<int, SparseVector> Columns() => item => new SparseVector(ItemCount, ByColumn.WeightsOf(item).ToArray(), ByColumn[item].ToArray());

    private void Add(int row, Span<float> target)
    {
        ReadOnlySpan<int> columns = _rows.Value[row];
        ReadOnlySpan<float> weights = _rows.Value.WeightsOf(row)[..columns.Length];
        for (int w = 0; w < columns.Length; w++)
            target[columns[w]] += weights[w];
    }

    /// <summary>Moves the sums in the columns of a row to the scores. A column that an earlier row shares is zero by then.</summary>
    private void Move(int row, Span<float> sums, Span<float> scores)
    {
        foreach (int column in _rows.Value[row])
        {
            scores[column] += sums[column];
            sums[column] = 0;
        }
    }
}
