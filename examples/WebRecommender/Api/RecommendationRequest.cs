using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace WebRecommender.Api;

/// <summary>What a new reader liked.</summary>
public sealed record RecommendationRequest
{
    /// <summary>The book_id of each book; none gives what is popular.</summary>
    [Required, MaxLength(Limits.MaximumLiked)]
    public required IReadOnlyList<int> Liked { get; init; }

    /// <summary>The maximum number of books to recommend.</summary>
    [Range(1, Limits.MaximumCount), DefaultValue(10)]
    public int Count { get; init; } = 10;
}
