using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A filter of the interaction graph: the score of a user and an item is what two hops over the normalised graph carry from the
/// user's history to the item, plus what the history's smoothest part, if there is one, says of it.
/// </summary>
/// <remarks>
/// Indices are 0-based: the user with ML.NET key value k is user k-1. A user without training interactions has a score of 0
/// for every item. Instances are immutable and thread-safe. Memory: the training graph, 4 bytes a user and an item, and, with a
/// low-pass part, twice items x <see cref="LowPassDimension"/> floats. The item-item operator is never made as a whole: scoring
/// computes the rows it needs, those of the histories of a block of users, which is why blocks of many users score faster. Rows
/// of the most popular items, which take longest and are needed most, are kept once computed, up to 256 MB of them.
/// </remarks>
public sealed class GraphFilterModelParameters : IItemScorer, IPairScorer
{
    private const int RowsAtOnce = 1 << ScatterSum.BlockShift;

    private const int MaximumKeptFloats = 1 << 26;

    private readonly BipartiteGraph _graph;
    private readonly float[]?[] _keptRows;
    private readonly int _minimumKeptDegree;
    private readonly float[] _itemScales, _userWeights;
    private readonly Matrix? _factors;
    private readonly Lazy<RowPanels>? _lowPass;

    /// <param name="graph">The graph.</param>
    /// <param name="factors">Rows V_i / sqrt(d_i) of the low-pass part, or null.</param>
    /// <param name="lowPassWeight">Weight of the low-pass part.</param>
    /// <param name="maximumKeptFloats">Room for rows that are kept once computed.</param>
    internal GraphFilterModelParameters(BipartiteGraph graph, Matrix? factors, float lowPassWeight, int maximumKeptFloats = MaximumKeptFloats)
    {
        _graph = graph;
        _factors = factors;
        LowPassWeight = lowPassWeight;
        _itemScales = new float[graph.ItemCount];
        for (int item = 0; item < _itemScales.Length; item++)
            _itemScales[item] = ItemSubspace.InverseRoot(graph.UsersOf(item).Length);
        _userWeights = new float[graph.UserCount];
        for (int user = 0; user < _userWeights.Length; user++)
            _userWeights[user] = 1f / Math.Max(1, graph.ItemsOf(user).Length);
        _keptRows = new float[]?[graph.ItemCount];
        _minimumKeptDegree = MinimumKeptDegree(graph, maximumKeptFloats / graph.ItemCount);
        if (factors is not null)
            _lowPass = new Lazy<RowPanels>(PackLowPass);
    }

    /// <inheritdoc/>
    public int UserCount => _graph.UserCount;

    /// <inheritdoc/>
    public int ItemCount => _graph.ItemCount;

    /// <summary>Number of singular vectors in the low-pass part; 0 when there is none.</summary>
    public int LowPassDimension => _factors?.ColumnCount ?? 0;

    /// <summary>Weight of the low-pass part.</summary>
    public float LowPassWeight { get; }

    /// <summary>Length of the vectors whose inner product is a score: the low-pass part, padded, and then a component an item.</summary>
    internal int VectorLength => LowPassStride + ItemCount;

    private int LowPassStride => _factors?.Stride ?? 0;

    /// <summary>The score of one pair: the same bits as <see cref="ScoreItems"/> gives for it.</summary>
    /// <remarks>Takes as long as to read the users of every item in the history.</remarks>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float Score(int user, int item)
    {
        ScorerCheck.Pair(this, user, item);
        float start = 0;
        if (_factors is not null)
        {
            float[] vectors = ArrayPool<float>.Shared.Rent(2 * LowPassStride);
            Span<float> left = vectors.AsSpan(0, LowPassStride), right = vectors.AsSpan(LowPassStride, LowPassStride);
            WriteUserFactors(user, left);
            WriteItemFactors(item, right);
            start = PairScore.Compute(left, right);
            ArrayPool<float>.Shared.Return(vectors);
        }
        BlockedSum sum = new(start);
        float userScale = UserScale(user);
        foreach (int seen in _graph.ItemsOf(user))
            sum.Add(seen, userScale * _itemScales[seen], CommonWeight(seen, item) * _itemScales[item]);
        return sum.Total;
    }

    /// <inheritdoc/>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        scores = scores[..(users.Length * ItemCount)];
        if (_factors is null)
            scores.Clear();
        else
            ScoreLowPass(users, scores);
        AddTwoHops(users, scores);
    }

    /// <summary>The user's vector: the low-pass factors, and the weight of each item in the history.</summary>
    internal VBuffer<float> UserVector(int user)
    {
        ReadOnlySpan<int> history = _graph.ItemsOf(user);
        int dense = LowPassStride;
        int[] indices = new int[dense + history.Length];
        float[] values = new float[indices.Length];
        if (dense > 0)
            WriteUserFactors(user, values.AsSpan(0, dense));
        for (int k = 0; k < dense; k++)
            indices[k] = k;
        for (int h = 0; h < history.Length; h++)
        {
            indices[dense + h] = dense + history[h];
            values[dense + h] = UserScale(user) * _itemScales[history[h]];
        }
        return new VBuffer<float>(VectorLength, values.Length, values, indices);
    }

    /// <summary>Number of components other than zero of every item's vector.</summary>
    internal long CountItemVectors()
    {
        long total = 0;
        Parallel.For(0, ItemCount, () => (Row: new float[ItemCount], Count: 0L), (item, _, local) =>
        {
            WriteCommonWeights(item, local.Row);
            return (local.Row, local.Count + VectorLength - ZeroCount(local.Row));
        }, local => Interlocked.Add(ref total, local.Count));
        return total;
    }

    /// <summary>The item's vector: the low-pass factors, and what a hop from each item carries.</summary>
    internal VBuffer<float> ItemVector(int item)
    {
        int dense = LowPassStride, count = dense;
        float[] row = new float[ItemCount];
        WriteCommonWeights(item, row);
        int[] indices = new int[VectorLength - ZeroCount(row)];
        float[] values = new float[indices.Length];
        if (dense > 0)
            WriteItemFactors(item, values.AsSpan(0, dense));
        for (int k = 0; k < dense; k++)
            indices[k] = k;
        for (int seen = 0; seen < row.Length; seen++)
        {
            if (row[seen] == 0)
                continue;
            indices[count] = dense + seen;
            values[count++] = row[seen] * _itemScales[item];
        }
        return new VBuffer<float>(VectorLength, count, values, indices);
    }

    private static int ZeroCount(ReadOnlySpan<float> row)
    {
        int zeros = 0;
        foreach (float value in row)
            zeros += value == 0 ? 1 : 0;
        return zeros;
    }

    private float UserScale(int user) => ItemSubspace.InverseRoot(_graph.ItemsOf(user).Length);

    /// <summary>For every item, the sum over the users it shares with the given one of 1 / degree, in ascending order.</summary>
    private void WriteCommonWeights(int item, Span<float> row)
    {
        row.Clear();
        foreach (int user in _graph.UsersOf(item))
        {
            float weight = _userWeights[user];
            foreach (int other in _graph.ItemsOf(user))
                row[other] += weight;
        }
    }

    /// <summary>One value of <see cref="WriteCommonWeights"/>, added in the same order.</summary>
    private float CommonWeight(int left, int right)
    {
        ReadOnlySpan<int> a = _graph.UsersOf(left), b = _graph.UsersOf(right);
        float sum = 0;
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (a[i] == b[j])
                sum += _userWeights[a[i]];
            int step = a[i].CompareTo(b[j]);
            i += step <= 0 ? 1 : 0;
            j += step >= 0 ? 1 : 0;
        }
        return sum;
    }

    /// <summary>The user's side of the low-pass part: the mean of the history's factors times the root of its length.</summary>
    private void WriteUserFactors(int user, Span<float> target) =>
        GatherSum.Compute(_graph.ItemsOf(user), default, _factors!.Padded, UserScale(user), default, 0, target);

    /// <summary>The item's side: weight * sqrt(d_i) V_i.</summary>
    private void WriteItemFactors(int item, Span<float> target) =>
        TensorPrimitives.Multiply(_factors!.Padded.Slice(item * LowPassStride, LowPassStride), LowPassWeight * _graph.UsersOf(item).Length, target);

    private RowPanels PackLowPass()
    {
        RowPanels panels = new(ItemCount, LowPassDimension);
        float[] row = new float[LowPassStride];
        for (int item = 0; item < ItemCount; item++)
        {
            WriteItemFactors(item, row);
            panels.Set(item, row);
        }
        return panels;
    }

    private void ScoreLowPass(ReadOnlySpan<int> users, Span<float> scores)
    {
        float[] factors = ArrayPool<float>.Shared.Rent(users.Length * LowPassStride);
        int[] order = ArrayPool<int>.Shared.Rent(users.Length);
        for (int u = 0; u < users.Length; u++)
        {
            WriteUserFactors(users[u], factors.AsSpan(u * LowPassStride, LowPassStride));
            order[u] = u;
        }
        _lowPass!.Value.Multiply(factors, order.AsSpan(0, users.Length), scores);
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<float>.Shared.Return(factors);
    }

    /// <summary>
    /// Adds the two-hop part. The rows of 16 neighbouring items, a block of the inner product, are computed once for all users
    /// whose histories have them; an unpopular item alone in its block is quicker added without the zeros of its row.
    /// </summary>
    private void AddTwoHops(ReadOnlySpan<int> users, Span<float> scores)
    {
        float[] rows = ArrayPool<float>.Shared.Rent((RowsAtOnce + 1) * ItemCount);
        Span<float> sums = rows.AsSpan(RowsAtOnce * ItemCount, ItemCount);
        sums.Clear();
        int[] positions = ArrayPool<int>.Shared.Rent(users.Length), touched = ArrayPool<int>.Shared.Rent(ItemCount + 1);
        positions.AsSpan(0, users.Length).Clear();
        Span<float> factors = stackalloc float[RowsAtOnce];
        for (int first = 0; first < ItemCount; first += RowsAtOnce)
        {
            int computed = 0;
            for (int u = 0; u < users.Length; u++)
            {
                ReadOnlySpan<int> block = LeadingItems(_graph.ItemsOf(users[u])[positions[u]..], first + RowsAtOnce);
                positions[u] += block.Length;
                if (block.IsEmpty)
                    continue;
                float userScale = UserScale(users[u]);
                Span<float> target = scores.Slice(u * ItemCount, ItemCount);
                if (block.Length == 1 && _graph.UsersOf(block[0]).Length < _minimumKeptDegree)
                {
                    AddCommonWeights(block[0], userScale * _itemScales[block[0]], sums, touched, target);
                    continue;
                }
                for (int h = 0; h < block.Length; h++)
                {
                    factors[h] = userScale * _itemScales[block[h]];
                    int slot = block[h] - first;
                    if ((computed >> slot & 1) == 0)
                        WriteRow(block[h], rows.AsSpan(slot * ItemCount, ItemCount));
                    computed |= 1 << slot;
                }
                ScatterSum.Add(block, factors[..block.Length], rows, first, ItemCount, target);
            }
        }
        ArrayPool<int>.Shared.Return(touched);
        ArrayPool<int>.Shared.Return(positions);
        ArrayPool<float>.Shared.Return(rows);
    }

    private static ReadOnlySpan<int> LeadingItems(ReadOnlySpan<int> items, int end)
    {
        int count = 0;
        while (count < items.Length && items[count] < end)
            count++;
        return items[..count];
    }

    /// <summary>Adds factor times the row of an item to the scores: the bits of <see cref="ScatterSum"/> for a block of one item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="factor">Its weight in the user's vector.</param>
    /// <param name="sums">A zero for each item; zero again afterwards.</param>
    /// <param name="touched">Room for an index of each item, and one more.</param>
    /// <param name="target">Scores of all items, updated.</param>
    private void AddCommonWeights(int item, float factor, Span<float> sums, int[] touched, Span<float> target)
    {
        int count = 0;
        foreach (int user in _graph.UsersOf(item))
        {
            float weight = _userWeights[user];
            foreach (int other in _graph.ItemsOf(user))
            {
                // Written always and kept only if it is new: no branch to mispredict.
                touched[count] = other;
                count += sums[other] == 0 ? 1 : 0;
                sums[other] += weight;
            }
        }
        foreach (int other in touched.AsSpan(0, count))
        {
            target[other] += factor * (sums[other] * _itemScales[other]);
            sums[other] = 0;
        }
    }

    /// <summary>What a hop carries from one item to every other.</summary>
    private void WriteRow(int item, Span<float> row)
    {
        if (Volatile.Read(ref _keptRows[item]) is { } kept)
        {
            kept.CopyTo(row);
            return;
        }
        WriteCommonWeights(item, row);
        TensorPrimitives.Multiply(row, _itemScales, row);
        // Threads that compute a row at the same time compute the same one.
        if (_graph.UsersOf(item).Length >= _minimumKeptDegree)
            Volatile.Write(ref _keptRows[item], row.ToArray());
    }

    /// <summary>The least degree such that no more than a number of items have it or more: those whose rows are kept.</summary>
    private static int MinimumKeptDegree(BipartiteGraph graph, int count)
    {
        int[] degrees = new int[graph.ItemCount];
        for (int item = 0; item < degrees.Length; item++)
            degrees[item] = graph.UsersOf(item).Length;
        Array.Sort(degrees);
        return count < degrees.Length ? degrees[^(count + 1)] + 1 : 0;
    }
}
