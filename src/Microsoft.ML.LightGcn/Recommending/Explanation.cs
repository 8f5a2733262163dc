namespace Microsoft.ML.LightGcn;

/// <summary>
/// Why an item has its score for a user. The models that give reasons are linear, so that a score is exactly a sum: what comes from the user
/// alone, and what each item of the history adds.
/// </summary>
/// <param name="Score">The score, as <see cref="Recommender.Recommend{TId}(TId, RecommendationOptions)"/> gives it.</param>
/// <param name="Source">
/// Whether the user is known or folded in. For a user of whom the model knows nothing it is popularity, and there is no score (NaN) and no reason.
/// </param>
/// <param name="OwnContribution">
/// For LightGCN the user's layer-0 embedding times its layer weight times the item's embedding; 0 for a folded-in user, who has none, and for
/// item-item models and graph filters.
/// </param>
/// <param name="History">
/// What each item of the history adds, largest first. These, <see cref="UserAttributes"/> and <paramref name="OwnContribution"/> add up
/// to <paramref name="Score"/>, but for the rounding of single precision.
/// </param>
public sealed record Explanation(float Score, RecommendationSource Source, float OwnContribution, IReadOnlyList<ItemContribution> History)
{
    /// <summary>What each attribute of a known user adds, largest first; empty for users without.</summary>
    public IReadOnlyList<AttributeContribution> UserAttributes { get; init; } = [];

    /// <summary>
    /// What each attribute of the item adds, largest first; empty for items without. This is the same score seen from the item: its
    /// embedding is what it learned itself and what comes along its edges, from users, from items and from attributes, so that the
    /// attributes are one part of the score, beside the others, and not a part of the history's. Attribute a adds
    /// W_ia / sqrt(d_i d_a) times the inner product of the user's embedding and the sum over layers of w_(l+1) E_a^(l), in
    /// proportion to the item's length in scores.
    /// </summary>
    public IReadOnlyList<AttributeContribution> ItemAttributes { get; init; } = [];
}

/// <summary>What one item of a user's history adds to a score.</summary>
/// <param name="Key">The item's ML.NET key.</param>
/// <param name="Id">The item's id.</param>
/// <param name="Contribution">The part of the score that comes from this item; may be negative.</param>
public readonly record struct ItemContribution(Key Key, string Id, float Contribution);

/// <summary>What one attribute adds to a score.</summary>
/// <param name="Relation">Name of the relation that the attribute is of (<see cref="GraphRelation.Name"/>).</param>
/// <param name="Name">The attribute.</param>
/// <param name="Contribution">The part of the score that comes along the edge from this attribute; may be negative.</param>
public readonly record struct AttributeContribution(string Relation, string Name, float Contribution);
