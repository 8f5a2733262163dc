using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace WebRecommender.Api;

/// <summary>What a new reader liked.</summary>
public sealed record RecommendationRequest
{
    /// <summary>How one is written.</summary>
    internal const string Sample = """{"liked": [1, 5, 9], "count": 10}""";

    /// <summary>The book_id of each book; none gives what is popular.</summary>
    [Required(ErrorMessage = "expected a list of book_id, found none."), MaxLength(Limits.MaximumLiked, ErrorMessage = "expected at most {1} books, found more.")]
    public required IReadOnlyList<int> Liked { get; init; }

    /// <summary>The maximum number of books to recommend.</summary>
    [Range(1, Limits.MaximumCount, ErrorMessage = Limits.RangeMessage), DefaultValue(10)]
    public int Count { get; init; } = 10;
}
