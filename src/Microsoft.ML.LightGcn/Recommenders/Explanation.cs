namespace Microsoft.ML.LightGcn;

/// <summary>
/// Why an item has its score for a user. LightGCN is linear, so the score is exactly a sum: what the user's own learned embedding
/// gives, and what comes along the edge from each item of the history.
/// </summary>
/// <param name="Score">The score, as <see cref="Recommender.Recommend(string, RecommendationOptions)"/> gives it.</param>
/// <param name="Source">Whether the user is known or folded in.</param>
/// <param name="OwnContribution">
/// The user's layer-0 embedding times its layer weight times the item's embedding; 0 for a folded-in user, who has none.
/// </param>
/// <param name="History">
/// What each item of the history adds, greatest first. These and <paramref name="OwnContribution"/> add up to
/// <paramref name="Score"/>, but for the rounding of single precision.
/// </param>
public sealed record Explanation(float Score, RecommendationSource Source, float OwnContribution, IReadOnlyList<ItemContribution> History);
