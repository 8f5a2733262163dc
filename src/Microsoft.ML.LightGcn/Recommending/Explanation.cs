namespace Microsoft.ML.LightGcn;

/// <summary>
/// Why an item has its score for a user. The models that give reasons are linear, so a score is exactly a sum: a part of the user's own, and a part that
/// each item of the history and each attribute of the user adds.
/// </summary>
/// <param name="Score">The score, as <see cref="Recommender.Recommend{TId}(TId, RecommendationOptions)"/> gives it.</param>
/// <param name="Source">
/// Whether the user is known or folded in. If the model knows nothing of the user, it is popularity; there is then no score (NaN) and no reason.
/// </param>
/// <param name="OwnContribution">
/// The user's own part. For LightGCN, it is the inner product of the item's embedding and the user's layer-0 embedding, times the weight of layer 0. It
/// is 0 for a folded-in user, who has no layer-0 embedding, and for item-item models and graph filters.
/// </param>
/// <param name="History">
/// What each item of the history adds, largest first. These, <see cref="UserAttributes"/> and <paramref name="OwnContribution"/> add up to
/// <paramref name="Score"/>, apart from rounding in single precision.
/// </param>
public sealed record Explanation(float Score, RecommendationSource Source, float OwnContribution, IReadOnlyList<ItemContribution> History)
{
    /// <summary>What each attribute of a known user adds, largest first; empty for users without.</summary>
    public IReadOnlyList<AttributeContribution> UserAttributes { get; init; } = [];

    /// <summary>
    /// What each attribute of the item adds, largest first; empty for items without. These are parts of the same score, split another way: by the item's
    /// embedding, which is the sum of its own learned part and of what comes along its edges from users, items and attributes. So they are not to be
    /// added to those of the history. Attribute a adds W_ia / sqrt(d_i d_a) times the inner product of the user's embedding and the sum over layers l of
    /// w_(l+1) E_a^(l), scaled as the item's embedding is in scores.
    /// </summary>
    public IReadOnlyList<AttributeContribution> ItemAttributes { get; init; } = [];
}

/// <summary>What one item of a user's history adds to a score.</summary>
/// <param name="Key">The item's ML.NET key.</param>
/// <param name="Id">The item's id.</param>
/// <param name="Contribution">The part of the score that comes from this item; may be negative.</param>
public readonly record struct ItemContribution(Key Key, string Id, float Contribution);

/// <summary>What one attribute adds to a score.</summary>
/// <param name="Relation">Name of the relation that the attribute belongs to (<see cref="GraphRelation.Name"/>).</param>
/// <param name="Name">The attribute.</param>
/// <param name="Contribution">The part of the score that comes along the edge from this attribute; may be negative.</param>
public readonly record struct AttributeContribution(string Relation, string Name, float Contribution);
