using System.Buffers;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// The scores of all items for a block of users, some neighbouring items at a time and in ascending order: a part's vectors come from memory once for
/// all users of the block, and its scores stay in the cache until they are used. What a neighbourhood adds is computed before.
/// </summary>
/// <remarks>A score has the bits of <see cref="IItemScorer.ScoreItems"/>.</remarks>
internal sealed class ItemParts : IDisposable
{
    /// <summary>The most users of a block: their scores of a part take half a megabyte, and they are whole tiles of seven and of four.</summary>
    public const int MaximumUsers = 112;

    /// <summary>Items of a part.</summary>
    public const int Width = 1024;

    private readonly ScoreTerms _terms;
    private readonly int[] _users;

    // For each user, the items to whose scores the neighbourhood adds something, in ascending order, and what; null where there is no neighbourhood.
    private readonly int[]? _items;
    private readonly float[]? _sums;

    // Where the items of each user end, and the first that no part has reached.
    private readonly int[] _ends, _next;

    /// <param name="terms">What scores are made of.</param>
    /// <param name="users">The users; what one scores whom the model does not know is of no use.</param>
    public ItemParts(ScoreTerms terms, ReadOnlySpan<int> users)
    {
        _terms = terms;
        _users = users.ToArray();
        _ends = new int[users.Length];
        _next = new int[users.Length];
        if (terms.Neighbourhood is not { } neighbourhood)
            return;
        int room = 0;
        foreach (int user in users)
            room += MostSums(neighbourhood, user);
        _items = ArrayPool<int>.Shared.Rent(room);
        _sums = ArrayPool<float>.Shared.Rent(room);
        using PooledVector all = new(ItemCount);
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
    public int Count => Math.Min(Width, ItemCount - First);

    private int ItemCount => _terms.Products.ItemCount;

    /// <summary>The score of a pair, with the bits that <see cref="Next"/> gives it.</summary>
    /// <param name="position">The place of the user among the users.</param>
    /// <param name="item">Item index.</param>
    public float Score(int position, int item)
    {
        float score = _terms.Products.Score(_users[position], item);
        if (_items is null)
            return score;
        int start = position == 0 ? 0 : _ends[position - 1], found = _items.AsSpan(start, _ends[position] - start).BinarySearch(item);
        return found < 0 ? score : score + _sums![start + found];
    }

    /// <summary>Writes the next part's scores, and goes on to the one after it.</summary>
    /// <param name="scores">Destination, row-major, users x <see cref="Count"/>.</param>
    /// <param name="ofUnknown">What items score that the model knows nothing of.</param>
    public void Next(Span<float> scores, float ofUnknown)
    {
        int first = First, count = Count;
        _terms.Products.ScoreItems(_users, first, count, scores);
        for (int u = 0; u < _users.Length; u++)
        {
            Span<float> row = scores.Slice(u * count, count);
            int next = _next[u];
            for (; next < _ends[u] && _items![next] < first + count; next++)
                row[_items[next] - first] += _sums![next];
            _next[u] = next;
            new ExcludedRows(_terms.Known.UnknownItems, default).Fill(row, first, ofUnknown);
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
