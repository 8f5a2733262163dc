using System.Buffers;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// The scores of all items for a block of users, some neighbouring items at a time and in ascending order: a part's vectors come from memory once for
/// all users of the block, and its scores stay in the cache until they are used. What a neighbourhood adds is computed before.
/// </summary>
/// <remarks>A score has the bits of <see cref="IItemScorer.ScoreItems"/>; those of items that the model knows nothing of are negative infinity.</remarks>
internal sealed class ItemParts : IDisposable
{
    /// <summary>The most users of a block: their scores of a part take half a megabyte, and they are whole tiles of seven and of four.</summary>
    public const int MaximumUsers = 112;

    /// <summary>Items of a part.</summary>
    public const int Width = 1024;

    private readonly IRankingModel _model;
    private readonly int[] _users;

    // For each user, the items to whose scores the neighbourhood adds something, in ascending order, and what; null where there is no neighbourhood.
    private readonly int[]? _items;
    private readonly float[]? _sums;

    // Where the items of each user end, and the first that no part has reached.
    private readonly int[] _ends, _next;

    /// <param name="model">A model that has <see cref="IRankingModel.Products"/>.</param>
    /// <param name="users">Users whom the model knows.</param>
    public ItemParts(IRankingModel model, ReadOnlySpan<int> users)
    {
        _model = model;
        _users = users.ToArray();
        _ends = new int[users.Length];
        _next = new int[users.Length];
        if (model.Neighbourhood is not { } neighbourhood)
            return;
        int room = 0;
        foreach (int user in users)
            room += MostSums(neighbourhood, user);
        _items = ArrayPool<int>.Shared.Rent(room);
        _sums = ArrayPool<float>.Shared.Rent(room);
        using PooledVector all = new(model.ItemCount);
        int end = 0;
        for (int u = 0; u < users.Length; u++)
        {
            _next[u] = end;
            neighbourhood.Sum(users[u], all.Span);
            for (int item = 0; (item = NextSum(all.Span, item)) < all.Span.Length; item++)
                (_items[end], _sums[end++]) = (item, all.Span[item]);
            _ends[u] = end;
        }
    }

    /// <summary>The first item of the next part.</summary>
    public int First { get; private set; }

    /// <summary>Number of items of the next part; 0 when all are done.</summary>
    public int Count => Math.Min(Width, _model.ItemCount - First);

    /// <summary>Writes the next part's scores, and goes on to the one after it.</summary>
    /// <param name="scores">Destination, row-major, users x <see cref="Count"/>.</param>
    public void Next(Span<float> scores)
    {
        int first = First, count = Count;
        _model.Products!.ScoreItems(_users, first, count, scores);
        for (int u = 0; u < _users.Length; u++)
        {
            Span<float> row = scores.Slice(u * count, count);
            int next = _next[u];
            for (; next < _ends[u] && _items![next] < first + count; next++)
                row[_items[next] - first] += _sums![next];
            _next[u] = next;
            new ExcludedRows(_model.Known.UnknownItems, default).Mask(row, first);
        }
        First += count;
    }

    public void Dispose()
    {
        if (_items is null)
            return;
        ArrayPool<int>.Shared.Return(_items);
        ArrayPool<float>.Shared.Return(_sums!);
    }

    /// <summary>No fewer than there are items to whose scores a neighbourhood adds something.</summary>
    private static int MostSums(Neighbourhood neighbourhood, int user)
    {
        long most = 0;
        foreach (int seen in neighbourhood.History.ItemsOf(user))
            most += neighbourhood.Weights.ByRow[seen].Length;
        return (int)Math.Min(most, neighbourhood.Weights.ItemCount);
    }

    /// <summary>The first place from one on that is not zero.</summary>
    private static int NextSum(ReadOnlySpan<float> sums, int from)
    {
        int found = sums[from..].IndexOfAnyExcept(0f);
        return found < 0 ? sums.Length : from + found;
    }
}
