namespace WebRecommender.Api;

/// <summary>The bounds of requests.</summary>
internal static class Limits
{
    /// <summary>The longest list that an answer may have.</summary>
    public const int MaximumCount = 100;

    /// <summary>The most books that a reader may say to have liked.</summary>
    public const int MaximumLiked = 200;

    /// <summary>The longest text to search for.</summary>
    public const int MaximumSearchLength = 100;

    /// <summary>What is said of a number outside its range, {1} to {2}.</summary>
    public const string RangeMessage = "expected a whole number from {1} to {2}, found another.";
}
