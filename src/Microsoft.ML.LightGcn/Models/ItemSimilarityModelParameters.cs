using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// An item-item model: weights that say how much each item in a user's history adds to the score of each other item, and the histories. The score of a
/// user and an item is the sum of these weights over the user's history.
/// </summary>
/// <remarks>
/// Indices are 0-based: the user with ML.NET key k is user k-1. The scores of a user or an item without training interactions are
/// NaN. Instances are immutable and thread-safe. Memory: 4 bytes for each pair of items where every weight is kept
/// (EASE), 8 bytes for each weight other than zero where most are zero (ItemKnn, Slim) and as much again once both pairs and lists have been scored; and
/// the training graph.
/// </remarks>
public sealed class ItemSimilarityModelParameters : IRankingModel
{
    private readonly BipartiteGraph _history;
    private readonly Vocabulary _users, _items;
    private readonly KnownNodes _known;
    private readonly Reasons _reasons;

    internal ItemSimilarityModelParameters(string name, BipartiteGraph history, ItemWeights weights, Vocabulary users, Vocabulary items)
    {
        Name = name;
        _history = history;
        Weights = weights;
        (_users, _items) = (users, items);
        _known = KnownNodes.Of(history);
        _reasons = new Reasons(this);
    }

    /// <inheritdoc/>
    public int UserCount => _history.UserCount;

    /// <inheritdoc/>
    public int ItemCount => _history.ItemCount;

    internal string Name { get; }

    internal ItemWeights Weights { get; }

    string IRankingModel.Name => Name;

    Vocabulary IRankingModel.Users => _users;

    Vocabulary IRankingModel.Items => _items;

    BipartiteGraph IRankingModel.History => _history;

    Factors? IRankingModel.Factors => null;

    KnownNodes IRankingModel.Known => _known;

    FoldIn IRankingModel.FoldIn => _reasons;

    IExplainer IRankingModel.Explainer => _reasons;

    /// <summary>The items that a user interacted with in training, in ascending order.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    public ReadOnlySpan<int> HistoryOf(int user) => _history.ItemsOf(user);

    /// <summary>What an item in a user's history adds to the score of another item; 0 for the item itself.</summary>
    /// <param name="seenItem">Index of the item in the history, 0 to <see cref="ItemCount"/>-1.</param>
    /// <param name="item">Index of the item to score, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float GetWeight(int seenItem, int item)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)seenItem, (uint)ItemCount, nameof(seenItem));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)ItemCount, nameof(item));
        return Weights[seenItem, item];
    }

    /// <summary>The score of one pair: the same bits as <see cref="ScoreItems"/> gives for it.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float Score(int user, int item)
    {
        ScorerCheck.Pair(user, UserCount, item, ItemCount);
        return _known.Score(user, item, Weights.Score(HistoryOf(user), item));
    }

    /// <inheritdoc/>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        for (int u = 0; u < users.Length; u++)
            Weights.Sum(HistoryOf(users[u]), scores.Slice(u * ItemCount, ItemCount));
        _known.Mark(users, scores, ItemCount);
    }

    bool IRankingModel.IsKnown(int user) => !HistoryOf(user).IsEmpty;

    /// <summary>A user's history as a vector of as many components as there are items.</summary>
    internal SparseVector HistoryVector(int user)
    {
        int[] items = HistoryOf(user).ToArray();
        float[] ones = new float[items.Length];
        ones.AsSpan().Fill(1);
        return new SparseVector(ItemCount, ones, items);
    }

    /// <summary>A new user is a history like any other, and each item of a history adds one weight.</summary>
    private sealed class Reasons(ItemSimilarityModelParameters model) : FoldIn, IExplainer
    {
        public override bool IsUseful(int item) => !model._history.UsersOf(item).IsEmpty;

        public override int Score(ReadOnlySpan<int> items, Span<float> scores)
        {
            int[] useful = Useful(items);
            model.Weights.Sum(useful, scores);
            model._known.MarkItems(scores);
            return useful.Length;
        }

        public ScoreParts Explain(int user, int item) => Explain(model.HistoryOf(user), item);

        public ScoreParts Explain(ReadOnlySpan<int> chosen, int item)
        {
            int[] useful = Useful(chosen);
            float score = model._known.HasItem(item) ? model.Weights.Score(useful, item) : float.NaN;
            return new ScoreParts(score, 0, Array.ConvertAll(useful, seen => new ScorePart(seen, model.Weights[seen, item])));
        }
    }
}
