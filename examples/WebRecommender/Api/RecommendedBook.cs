using LightGcn.Examples;

namespace WebRecommender.Api;

/// <summary>A recommended book.</summary>
/// <param name="Book">The book.</param>
/// <param name="Score">What the list is ordered by; none for popular books.</param>
/// <param name="Reasons">The books of the reader's that add most to the score, largest first; empty for popular books.</param>
/// <param name="Attributes">The book's attributes that add most to the score, largest first; empty for popular books and for a model without content.</param>
public sealed record RecommendedBook(Book Book, float? Score, IReadOnlyList<Reason> Reasons, IReadOnlyList<AttributeReason> Attributes);
