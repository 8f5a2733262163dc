using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// An item-item model: weights of how much each item in a user's history speaks for each other item, and the histories. The
/// score of a user and an item is the sum of the item's weights over the user's history.
/// </summary>
/// <remarks>
/// Indices are 0-based: the user with ML.NET key value k is user k-1. A user without training interactions has a score of 0
/// for every item. Instances are immutable and thread-safe. Memory: 4 bytes for each pair of items where every weight is kept
/// (EASE), 8 bytes for each weight other than zero where most are zero (ItemKnn), and the training graph.
/// </remarks>
public sealed class ItemSimilarityModelParameters : IItemScorer, IPairScorer
{
    private readonly BipartiteGraph _graph;

    internal ItemSimilarityModelParameters(BipartiteGraph graph, ItemWeights weights)
    {
        _graph = graph;
        Weights = weights;
    }

    /// <inheritdoc/>
    public int UserCount => _graph.UserCount;

    /// <inheritdoc/>
    public int ItemCount => _graph.ItemCount;

    internal ItemWeights Weights { get; }

    /// <summary>The items that a user interacted with in training, in ascending order.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    public ReadOnlySpan<int> HistoryOf(int user) => _graph.ItemsOf(user);

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
        ScorerCheck.Pair(this, user, item);
        BlockedSum sum = new(0);
        foreach (int seen in HistoryOf(user))
            sum.Add(seen, 1, Weights[seen, item]);
        return sum.Total;
    }

    /// <inheritdoc/>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        for (int u = 0; u < users.Length; u++)
            Weights.Sum(HistoryOf(users[u]), scores.Slice(u * ItemCount, ItemCount));
    }

    /// <summary>A user's history as a vector of as many components as there are items.</summary>
    internal VBuffer<float> HistoryVector(int user)
    {
        int[] items = HistoryOf(user).ToArray();
        float[] ones = new float[items.Length];
        ones.AsSpan().Fill(1);
        return new VBuffer<float>(ItemCount, items.Length, ones, items);
    }
}
