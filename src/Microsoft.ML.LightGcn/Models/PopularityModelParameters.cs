using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn;

/// <summary>The number of users who interacted with each item: the score of the item for every user.</summary>
/// <remarks>Indices are 0-based: the item with ML.NET key value k is item k-1. Instances are immutable and thread-safe.</remarks>
public sealed class PopularityModelParameters : IItemScorer, IPairScorer
{
    private readonly float[] _counts;

    internal PopularityModelParameters(BipartiteGraph graph)
    {
        UserCount = graph.UserCount;
        _counts = new float[graph.ItemCount];
        for (int item = 0; item < _counts.Length; item++)
            _counts[item] = graph.UsersOf(item).Length;
    }

    /// <inheritdoc/>
    public int UserCount { get; }

    /// <inheritdoc/>
    public int ItemCount => _counts.Length;

    /// <summary>Number of distinct users of each item; exact up to 16,777,216, as a float is.</summary>
    public ReadOnlySpan<float> InteractionCounts => _counts;

    /// <summary>The score of one pair: <see cref="InteractionCounts"/> of the item.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1; all users get the same score.</param>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float Score(int user, int item)
    {
        ScorerCheck.Pair(this, user, item);
        return _counts[item];
    }

    /// <inheritdoc/>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        for (int u = 0; u < users.Length; u++)
            _counts.CopyTo(scores.Slice(u * ItemCount, ItemCount));
    }
}
