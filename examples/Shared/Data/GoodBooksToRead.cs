namespace LightGcn.Examples;

/// <summary>The rows of <c>to_read.csv</c> as parallel arrays, in file order.</summary>
public sealed class GoodBooksToRead
{
    internal GoodBooksToRead(int[] userIds, int[] bookIds)
    {
        UserIds = userIds;
        BookIds = bookIds;
    }

    /// <summary>Number of rows.</summary>
    public int Count => UserIds.Length;

    /// <summary>The user_id of each row.</summary>
    public int[] UserIds { get; }

    /// <summary>The book_id of each row.</summary>
    public int[] BookIds { get; }
}
