using Microsoft.ML.LightGcn;

namespace WebRecommender.Api;

/// <summary>Recommendations to a new reader.</summary>
/// <param name="ModelVersion">The model that answered.</param>
/// <param name="Source">What the books were chosen by.</param>
/// <param name="Books">The books, best first.</param>
/// <param name="UnusedBookIds">Liked books that the model knows nothing of.</param>
public sealed record RecommendationAnswer(int ModelVersion, RecommendationSource Source, IReadOnlyList<RecommendedBook> Books, IReadOnlyList<int> UnusedBookIds);
