using System.Buffers;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>Scores all items for a block of users from factor tables: a register-blocked product of user rows with item panels.</summary>
internal sealed class FactorScorer : ITermScorer
{
    // Either has the users: padded as the kernel reads them, or as they come.
    private readonly ReadOnlyMemory<float> _padded;
    private readonly RowTable? _rows;
    private readonly RowPanels _items;

    // Whose rows these are, ascending; null for those of all users.
    private readonly int[]? _users;

    /// <summary>Scores for some users alone.</summary>
    /// <param name="userCount">Number of users that there are.</param>
    /// <param name="users">Users who can be scored, ascending.</param>
    /// <param name="rows">Their rows.</param>
    /// <param name="items">The rows of all items.</param>
    public FactorScorer(int userCount, int[] users, Matrix rows, RowPanels items)
    {
        UserCount = userCount;
        _users = users;
        _padded = rows.Memory;
        _items = items;
    }

    /// <summary>Reads the users' rows of a table, which must not change, and packs the items'.</summary>
    /// <param name="nodes">The table.</param>
    /// <param name="layout">Its nodes.</param>
    /// <param name="room">A matrix whose memory the packed items take where they fit; null to take memory of their own.</param>
    public FactorScorer(Matrix nodes, NodeLayout layout, Matrix? room = null)
    {
        UserCount = layout.UserCount;
        _padded = nodes.Memory;
        _items = new RowPanels(layout.ItemCount, nodes.ColumnCount, room);
        for (int item = 0; item < _items.RowCount; item++)
            _items.Set(item, nodes.Row(layout.ItemNode(item)));
    }

    /// <summary>Reads users from a table, which must not change, and packs the items of another.</summary>
    public FactorScorer(RowTable users, ReadOnlySpan<float> items)
    {
        int dimension = users.Dimension;
        UserCount = users.Count;
        if (users.IsOnePiece && dimension == Matrix.StrideOf(dimension))
            _padded = users.Whole;
        else
            _rows = users;
        _items = new RowPanels(items.Length / dimension, dimension);
        for (int item = 0; item < _items.RowCount; item++)
            _items.Set(item, items.Slice(item * dimension, dimension));
    }

    public int UserCount { get; }

    public int ItemCount => _items.RowCount;

    public ScoreTerms Terms => new(this, null, KnownNodes.All);

    /// <summary>The score of a pair, with the bits of all others.</summary>
    /// <param name="user">User index.</param>
    /// <param name="item">Item index.</param>
    public float Score(int user, int item)
    {
        if (_rows is not null)
            return _items.Product(_rows[user], item);
        int row = _users is null ? user : Array.BinarySearch(_users, user);
        return _items.Product(_padded.Span.Slice(row * _items.Stride, _items.Stride), item);
    }

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
        if (_rows is not null)
            ScoreRows(_rows, users, firstItem, itemCount, scores);
        else if (_users is not null)
            ScoreSome(_users, users, firstItem, itemCount, scores);
        else
            _items.Multiply(_padded.Span, users, firstItem, itemCount, scores);
    }

    private void ScoreSome(int[] known, ReadOnlySpan<int> users, int firstItem, int itemCount, Span<float> scores)
    {
        int[] rows = ArrayPool<int>.Shared.Rent(users.Length);
        for (int u = 0; u < users.Length; u++)
        {
            rows[u] = Array.BinarySearch(known, users[u]);
            // The product reads rows without another check.
            ArgumentOutOfRangeException.ThrowIfNegative(rows[u], nameof(users));
        }
        _items.Multiply(_padded.Span, rows.AsSpan(0, users.Length), firstItem, itemCount, scores);
        ArrayPool<int>.Shared.Return(rows);
    }

    /// <summary>The kernel reads whole blocks of components of one table, so other rows are copied, next to zeros.</summary>
    private void ScoreRows(RowTable rows, ReadOnlySpan<int> users, int firstItem, int itemCount, Span<float> scores)
    {
        int stride = _items.Stride;
        float[] padded = ArrayPool<float>.Shared.Rent(users.Length * stride);
        int[] order = ArrayPool<int>.Shared.Rent(users.Length);
        for (int u = 0; u < users.Length; u++)
        {
            Span<float> row = padded.AsSpan(u * stride, stride);
            rows[users[u]].CopyTo(row);
            row[rows.Dimension..].Clear();
            order[u] = u;
        }
        _items.Multiply(padded, order.AsSpan(0, users.Length), firstItem, itemCount, scores);
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<float>.Shared.Return(padded);
    }
}
