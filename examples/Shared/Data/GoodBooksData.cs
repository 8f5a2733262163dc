namespace LightGcn.Examples;

/// <summary>What the examples read of GoodBooks.</summary>
/// <param name="Ratings">The ratings.</param>
/// <param name="ToRead">The to-read marks.</param>
/// <param name="Books">Titles and authors; empty where there is no <c>books.csv</c>.</param>
public sealed record GoodBooksData(GoodBooksRatings Ratings, GoodBooksToRead ToRead, BookCatalog Books)
{
    /// <summary>
    /// The positives: ratings of at least <paramref name="minimumRating"/> in file order, then all to-read marks in file
    /// order. A pair that comes several times stays so; the library drops repeats and keeps the first.
    /// </summary>
    /// <param name="minimumRating">The least rating that counts as positive, 1 to 5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The least rating is not 1 to 5.</exception>
    public GoodBooksPositives Positives(int minimumRating = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumRating, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumRating, 5);
        int rated = 0;
        foreach (byte rating in Ratings.Values)
            rated += rating >= minimumRating ? 1 : 0;
        int[] users = new int[rated + ToRead.Count], books = new int[users.Length];
        int next = 0;
        for (int r = 0; r < Ratings.Count; r++)
        {
            if (Ratings.Values[r] < minimumRating)
                continue;
            users[next] = Ratings.UserIds[r];
            books[next++] = Ratings.BookIds[r];
        }
        ToRead.UserIds.CopyTo(users, next);
        ToRead.BookIds.CopyTo(books, next);
        return new(users, books, rated);
    }
}
