namespace LightGcn.Examples;

/// <summary>Positive (user, book) pairs as parallel arrays: those from ratings first, then those from to-read marks.</summary>
public sealed class GoodBooksPositives
{
    internal GoodBooksPositives(int[] userIds, int[] bookIds, int ratedCount)
    {
        UserIds = userIds;
        BookIds = bookIds;
        RatedCount = ratedCount;
    }

    /// <summary>Number of pairs.</summary>
    public int Count => UserIds.Length;

    /// <summary>How many pairs come from ratings; they are the first ones.</summary>
    public int RatedCount { get; }

    /// <summary>The user_id of each pair.</summary>
    public int[] UserIds { get; }

    /// <summary>The book_id of each pair.</summary>
    public int[] BookIds { get; }

    /// <summary>A pair with its source.</summary>
    /// <param name="index">0 to Count-1.</param>
    public GoodBooksPositive this[int index] => new(UserIds[index], BookIds[index], index < RatedCount ? PositiveSource.Rating : PositiveSource.ToRead);
}

/// <summary>One positive pair.</summary>
/// <param name="UserId">The user_id.</param>
/// <param name="BookId">The book_id.</param>
/// <param name="Source">Where it comes from.</param>
public readonly record struct GoodBooksPositive(int UserId, int BookId, PositiveSource Source);

/// <summary>Where a positive pair comes from.</summary>
public enum PositiveSource
{
    /// <summary>A rating of at least the threshold.</summary>
    Rating,

    /// <summary>A to-read mark.</summary>
    ToRead,
}

/// <summary>The names that files give the sources.</summary>
public static class PositiveSourceNames
{
    /// <summary>The source as the reference notebook writes it: <c>rating_pos</c> or <c>to_read</c>.</summary>
    /// <param name="source">The source.</param>
    public static string Name(this PositiveSource source) => source == PositiveSource.Rating ? "rating_pos" : "to_read";
}
