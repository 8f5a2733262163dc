namespace Microsoft.ML.LightGcn.Models;

/// <summary>Checks what callers ask a model to score.</summary>
internal static class ScorerCheck
{
    /// <summary>Checks the arguments of <see cref="IItemScorer.ScoreItems"/>.</summary>
    public static void Block(IItemScorer scorer, ReadOnlySpan<int> users, Span<float> scores)
    {
        if (scores.Length < (long)users.Length * scorer.ItemCount)
            throw new ArgumentException($"Expected room for {users.Length} x {scorer.ItemCount} scores, found {scores.Length}.", nameof(scores));
        foreach (int user in users)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)user, (uint)scorer.UserCount, nameof(users));
    }

    /// <summary>Checks the indices of a pair.</summary>
    public static void Pair(int user, int userCount, int item, int itemCount)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)user, (uint)userCount, nameof(user));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)itemCount, nameof(item));
    }
}
