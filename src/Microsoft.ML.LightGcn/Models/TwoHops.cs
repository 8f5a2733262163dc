using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>The items of the user at a position of a block, ascending.</summary>
internal delegate ReadOnlySpan<int> Histories(int position);

/// <summary>
/// The item-item operator R~^T R~ of two hops over the normalised interaction graph, R~ = D_u^-1/2 R D_i^-1/2. It is never made as a whole:
/// rows are computed as they are needed, and those of the most popular items, which take longest and are needed most, are kept.
/// </summary>
internal sealed class TwoHops
{
    private const int RowsAtOnce = 1 << ScatterSum.BlockShift;

    private readonly BipartiteGraph _graph;
    private readonly float[]?[] _keptRows;
    private readonly int _minimumKeptDegree;
    private readonly float[] _itemScales, _userWeights;

    /// <param name="graph">The graph.</param>
    /// <param name="maximumKeptFloats">Room for rows that are kept once computed.</param>
    public TwoHops(BipartiteGraph graph, int maximumKeptFloats)
    {
        _graph = graph;
        _itemScales = new float[graph.ItemCount];
        for (int item = 0; item < _itemScales.Length; item++)
            _itemScales[item] = ItemSubspace.InverseRoot(graph.UsersOf(item).Length);
        _userWeights = new float[graph.UserCount];
        for (int user = 0; user < _userWeights.Length; user++)
            _userWeights[user] = 1f / Math.Max(1, graph.ItemsOf(user).Length);
        _keptRows = new float[]?[graph.ItemCount];
        _minimumKeptDegree = MinimumKeptDegree(graph, maximumKeptFloats / graph.ItemCount);
    }

    private int ItemCount => _graph.ItemCount;

    /// <summary>D_u^-1/2 of a history.</summary>
    public static float UserScale(ReadOnlySpan<int> history) => ItemSubspace.InverseRoot(history.Length);

    /// <summary>The weight of an item of a history in the user's vector.</summary>
    public float UserWeight(int seen, float userScale) => userScale * _itemScales[seen];

    /// <summary>What a hop carries from one item to another.</summary>
    public float Weight(int seen, int item) => CommonWeight(seen, item) * _itemScales[item];

    /// <summary>Writes what a hop carries to an item from every other.</summary>
    public void WriteColumn(int item, Span<float> column)
    {
        WriteCommonWeights(item, column);
        TensorPrimitives.Multiply(column, _itemScales[item], column);
    }

    /// <summary>
    /// Adds the two-hop scores of a block of histories. The rows of 16 neighbouring items, a block of the inner product, are computed once
    /// for all histories that have them; an unpopular item alone in its block is quicker added without the zeros of its row.
    /// </summary>
    /// <param name="count">Number of histories.</param>
    /// <param name="historyOf">The histories.</param>
    /// <param name="scores">Scores of all items for each, updated.</param>
    public void Add(int count, Histories historyOf, Span<float> scores)
    {
        float[] rows = ArrayPool<float>.Shared.Rent((RowsAtOnce + 1) * ItemCount);
        Span<float> sums = rows.AsSpan(RowsAtOnce * ItemCount, ItemCount);
        sums.Clear();
        int[] positions = ArrayPool<int>.Shared.Rent(count), touched = ArrayPool<int>.Shared.Rent(ItemCount + 1);
        positions.AsSpan(0, count).Clear();
        Span<float> factors = stackalloc float[RowsAtOnce];
        for (int first = 0; first < ItemCount; first += RowsAtOnce)
        {
            int computed = 0;
            for (int u = 0; u < count; u++)
            {
                ReadOnlySpan<int> history = historyOf(u), block = LeadingItems(history[positions[u]..], first + RowsAtOnce);
                positions[u] += block.Length;
                if (block.IsEmpty)
                    continue;
                float userScale = UserScale(history);
                Span<float> target = scores.Slice(u * ItemCount, ItemCount);
                if (block.Length == 1 && _graph.UsersOf(block[0]).Length < _minimumKeptDegree)
                {
                    AddCommonWeights(block[0], UserWeight(block[0], userScale), sums, touched, target);
                    continue;
                }
                for (int h = 0; h < block.Length; h++)
                {
                    factors[h] = UserWeight(block[h], userScale);
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

    /// <summary>The lowest degree such that no more than a number of items have it or more: those whose rows are kept.</summary>
    private static int MinimumKeptDegree(BipartiteGraph graph, int count)
    {
        int[] degrees = new int[graph.ItemCount];
        for (int item = 0; item < degrees.Length; item++)
            degrees[item] = graph.UsersOf(item).Length;
        Array.Sort(degrees);
        return count < degrees.Length ? degrees[^(count + 1)] + 1 : 0;
    }
}
