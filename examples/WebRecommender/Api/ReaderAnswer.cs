using LightGcn.Examples;

namespace WebRecommender.Api;

/// <summary>Recommendations to a reader of the training data.</summary>
/// <param name="ModelVersion">The model that answered.</param>
/// <param name="ReaderId">The user_id.</param>
/// <param name="Liked">What the reader chose in training, by title.</param>
/// <param name="Books">The books, best first.</param>
public sealed record ReaderAnswer(int ModelVersion, int ReaderId, IReadOnlyList<Book> Liked, IReadOnlyList<RecommendedBook> Books);
