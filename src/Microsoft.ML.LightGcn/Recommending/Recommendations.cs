namespace Microsoft.ML.LightGcn;

/// <summary>Items recommended to one user, and what they come from.</summary>
/// <param name="Items">
/// The items, best first; equal scores in ascending order of key. Never padded: fewer than <paramref name="RequestedCount"/>
/// when no more are left that may be recommended.
/// </param>
/// <param name="Source">What the items were chosen by.</param>
/// <param name="RequestedCount">The number of items asked for.</param>
/// <param name="UnusedItemIds">
/// Ids of a new user's list that say nothing: unknown to the model, or with neither a training interaction nor a relation. Empty for a known user.
/// </param>
public sealed record Recommendations(IReadOnlyList<ScoredItem> Items, RecommendationSource Source, int RequestedCount, IReadOnlyList<string> UnusedItemIds)
{
    /// <summary>Whether there are fewer items than were asked for.</summary>
    public bool IsShort => Items.Count < RequestedCount;
}
