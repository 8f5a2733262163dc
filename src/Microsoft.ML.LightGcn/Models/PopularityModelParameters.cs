using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn;

/// <summary>The number of users who interacted with each item: the score of the item for every user.</summary>
/// <remarks>Indices are 0-based: the item with ML.NET key k is item k-1. Instances are immutable and thread-safe.</remarks>
public sealed class PopularityModelParameters : IRankingModel
{
    private readonly BipartiteGraph _history;
    private readonly Vocabulary _users, _items;
    private readonly KnownNodes _known;
    private readonly float[] _counts;

    internal PopularityModelParameters(BipartiteGraph history, Vocabulary users, Vocabulary items)
    {
        _history = history;
        (_users, _items) = (users, items);
        _known = KnownNodes.AllUsersOf(history);
        _counts = new float[history.ItemCount];
        for (int item = 0; item < _counts.Length; item++)
            _counts[item] = history.UsersOf(item).Length;
    }

    /// <inheritdoc/>
    public int UserCount => _history.UserCount;

    /// <inheritdoc/>
    public int ItemCount => _counts.Length;

    /// <summary>Number of distinct users of each item; exact up to 16,777,216, as a float is.</summary>
    public ReadOnlySpan<float> InteractionCounts => _counts;

    string IRankingModel.Name => "Popularity";

    Vocabulary IRankingModel.Users => _users;

    Vocabulary IRankingModel.Items => _items;

    BipartiteGraph IRankingModel.History => _history;

    Factors? IRankingModel.Factors => null;

    KnownNodes IRankingModel.Known => _known;

    FoldIn? IRankingModel.FoldIn => null;

    IExplainer? IRankingModel.Explainer => null;

    /// <summary>The score of one pair: <see cref="InteractionCounts"/> of the item; NaN for an item that nobody chose.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1; all users get the same score.</param>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float Score(int user, int item)
    {
        ScorerCheck.Pair(user, UserCount, item, ItemCount);
        return _known.Score(user, item, _counts[item]);
    }

    /// <inheritdoc/>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        for (int u = 0; u < users.Length; u++)
            _counts.CopyTo(scores.Slice(u * ItemCount, ItemCount));
        _known.Mark(users, scores, ItemCount);
    }

    /// <summary>Popularity says the same of everybody, but of a user with a history it is known what was seen.</summary>
    bool IRankingModel.IsKnown(int user) => !_history.ItemsOf(user).IsEmpty;
}
