namespace LightGcn.Examples;

/// <summary>The rows of <c>ratings.csv</c> as parallel arrays, in file order.</summary>
public sealed class GoodBooksRatings
{
    internal GoodBooksRatings(int[] userIds, int[] bookIds, byte[] values)
    {
        UserIds = userIds;
        BookIds = bookIds;
        Values = values;
    }

    /// <summary>Number of rows.</summary>
    public int Count => Values.Length;

    /// <summary>The user_id of each row.</summary>
    public int[] UserIds { get; }

    /// <summary>The book_id of each row.</summary>
    public int[] BookIds { get; }

    /// <summary>The rating of each row, 1 to 5.</summary>
    public byte[] Values { get; }
}
