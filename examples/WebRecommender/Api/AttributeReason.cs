namespace WebRecommender.Api;

/// <summary>Something that a recommended book is or has, such as a tag or an author, that the recommendation comes from.</summary>
/// <param name="Relation">The kind: tags, authors and so on.</param>
/// <param name="Name">The attribute.</param>
/// <param name="Contribution">Its part of the recommendation's score.</param>
public sealed record AttributeReason(string Relation, string Name, float Contribution);
