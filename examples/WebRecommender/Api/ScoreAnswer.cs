namespace WebRecommender.Api;

/// <summary>The score of a reader and a book.</summary>
/// <param name="ModelVersion">The model that answered.</param>
/// <param name="ReaderId">The user_id.</param>
/// <param name="BookId">The book_id.</param>
/// <param name="Score">The score, as recommendations have it; none for a reader or a book without training interactions.</param>
public sealed record ScoreAnswer(int ModelVersion, int ReaderId, int BookId, float? Score);
