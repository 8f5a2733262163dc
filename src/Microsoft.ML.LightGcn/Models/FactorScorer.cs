using System.Buffers;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>Scores all items for a block of users from factor tables: a register-blocked product of user rows with item panels.</summary>
internal sealed class FactorScorer : IItemScorer
{
    private readonly ReadOnlyMemory<float> _users;
    private readonly int _userStride;
    private readonly int _dimension;
    private readonly RowPanels _items;

    /// <summary>Reads the users' rows of a table, which must not change, and packs the items'.</summary>
    public FactorScorer(Matrix nodes, NodeLayout layout)
    {
        UserCount = layout.UserCount;
        _users = nodes.Memory;
        _userStride = nodes.Stride;
        _dimension = nodes.ColumnCount;
        _items = new RowPanels(layout.ItemCount, nodes.ColumnCount);
        for (int item = 0; item < _items.RowCount; item++)
            _items.Set(item, nodes.Row(layout.ItemNode(item)));
    }

    /// <summary>Reads users from a dense row-major table, which must not change, and packs the items of another.</summary>
    public FactorScorer(ReadOnlyMemory<float> users, ReadOnlySpan<float> items, int dimension)
    {
        UserCount = users.Length / dimension;
        _users = users;
        _userStride = _dimension = dimension;
        _items = new RowPanels(items.Length / dimension, dimension);
        for (int item = 0; item < _items.RowCount; item++)
            _items.Set(item, items.Slice(item * dimension, dimension));
    }

    public int UserCount { get; }

    public int ItemCount => _items.RowCount;

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        ScoreItems(users, 0, ItemCount, scores);
    }

    /// <summary>Writes the scores of some items for a block of users.</summary>
    /// <param name="users">User indices.</param>
    /// <param name="firstItem">The first item, a multiple of <see cref="RowPanels.PartMultiple"/>.</param>
    /// <param name="itemCount">How many items.</param>
    /// <param name="scores">Destination, row-major, users.Length x itemCount.</param>
    public void ScoreItems(ReadOnlySpan<int> users, int firstItem, int itemCount, Span<float> scores)
    {
        if (_userStride == _items.Stride)
            _items.Multiply(_users.Span, users, firstItem, itemCount, scores);
        else
            ScoreUnpadded(users, firstItem, itemCount, scores);
    }

    /// <summary>The kernel reads whole blocks of components, so rows without padding are copied next to zeros.</summary>
    private void ScoreUnpadded(ReadOnlySpan<int> users, int firstItem, int itemCount, Span<float> scores)
    {
        int stride = _items.Stride;
        float[] padded = ArrayPool<float>.Shared.Rent(users.Length * stride);
        int[] order = ArrayPool<int>.Shared.Rent(users.Length);
        for (int u = 0; u < users.Length; u++)
        {
            Span<float> row = padded.AsSpan(u * stride, stride);
            _users.Span.Slice(users[u] * _userStride, _dimension).CopyTo(row);
            row[_dimension..].Clear();
            order[u] = u;
        }
        _items.Multiply(padded, order.AsSpan(0, users.Length), firstItem, itemCount, scores);
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<float>.Shared.Return(padded);
    }
}
