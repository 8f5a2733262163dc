using LightGcn.Examples;

namespace WebRecommender.Api;

/// <summary>A similar book.</summary>
/// <param name="Book">The book.</param>
/// <param name="Score">Cosine of the two books' embeddings, -1 to 1.</param>
public sealed record ScoredBook(Book Book, float Score);
