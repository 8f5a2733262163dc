using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn;

/// <summary>The items recommended to one user, and what they were chosen by.</summary>
/// <param name="Items">
/// The items, best first; equal scores in ascending order of key. There are fewer than <paramref name="RequestedCount"/> when no more items may be
/// recommended; lists are never padded.
/// </param>
/// <param name="Source">What the items were chosen by.</param>
/// <param name="RequestedCount">The number of items asked for.</param>
/// <param name="UnusedItemIds">
/// Ids among a new user's chosen items that the model can't use: it does not know them, or they have neither a training interaction nor a relation. Empty
/// for a known user.
/// </param>
public sealed record Recommendations(IReadOnlyList<ScoredItem> Items, RecommendationSource Source, int RequestedCount, IReadOnlyList<string> UnusedItemIds)
{
    /// <summary>Whether there are fewer items than were asked for.</summary>
    public bool IsShort => Items.Count < RequestedCount;
}

/// <summary>An item and its score.</summary>
/// <param name="Key">The item's ML.NET key.</param>
/// <param name="Id">The item's id: its key value as text or, where the item column has no key values, the number that was given as key.</param>
/// <param name="Score">
/// What the list is ordered by: the model's score; for similar items, a cosine or the score for a user who chose only that item. NaN in a list by
/// popularity (<see cref="RecommendationSource.Popularity"/>) of any model but Popularity itself: a number of users is not on the scale of the model's
/// scores.
/// </param>
public readonly record struct ScoredItem(Key Key, string Id, float Score);

/// <summary>A user, and how similar this user is to the one asked about.</summary>
/// <param name="Key">The user's ML.NET key.</param>
/// <param name="Id">The user's id: the key value as text or, where the user column has no key values, the number that was given as key.</param>
/// <param name="Score">Cosine of the two users' embeddings, -1 to 1.</param>
public readonly record struct ScoredUser(Key Key, string Id, float Score);

/// <summary>What recommendations were made from.</summary>
public enum RecommendationSource
{
    /// <summary>The model's scores for a user that it knows.</summary>
    KnownUser,

    /// <summary>The model's scores for a list of chosen items, computed without training.</summary>
    FoldIn,

    /// <summary>
    /// The number of users of each item, because nothing is known of this user. The items have no scores, unless the model is Popularity itself.
    /// </summary>
    Popularity,
}

/// <summary>How far recommending to many users has come.</summary>
/// <param name="CompletedUserCount">Users done.</param>
/// <param name="UserCount">Users in all.</param>
public readonly record struct RecommendationProgress(int CompletedUserCount, int UserCount);
