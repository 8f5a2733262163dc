using LightGcn.Examples;

namespace WebRecommender.Api;

/// <summary>A book of the reader's that a recommendation comes from.</summary>
/// <param name="Book">The book.</param>
/// <param name="Contribution">Its part of the recommendation's score.</param>
public sealed record Reason(Book Book, float Contribution);
