using System.Diagnostics.CodeAnalysis;

namespace LightGcn.Examples;

/// <summary>Titles and authors by book_id.</summary>
public sealed class BookCatalog
{
    private readonly Dictionary<int, Book> _books;

    internal BookCatalog(Dictionary<int, Book> books) => _books = books;

    /// <summary>A catalog without books: every title falls back to its number.</summary>
    public static BookCatalog Empty { get; } = new([]);

    /// <summary>Number of books.</summary>
    public int Count => _books.Count;

    /// <summary>All books, in file order.</summary>
    public IReadOnlyCollection<Book> Books => _books.Values;

    /// <summary>Looks a book up.</summary>
    /// <param name="bookId">The book_id.</param>
    /// <param name="book">The book, where there is one.</param>
    public bool TryGet(int bookId, [NotNullWhen(true)] out Book? book) => _books.TryGetValue(bookId, out book);

    /// <summary>The title, or "book 123" where it is unknown or empty.</summary>
    /// <param name="bookId">The book_id.</param>
    public string Title(int bookId) =>
        _books.TryGetValue(bookId, out Book? book) && book.Title.Length > 0 ? book.Title : $"book {bookId}";

    /// <summary>The authors, or an empty text where they are unknown.</summary>
    /// <param name="bookId">The book_id.</param>
    public string Authors(int bookId) => _books.TryGetValue(bookId, out Book? book) ? book.Authors : "";
}

/// <summary>A book.</summary>
/// <param name="Id">The book_id.</param>
/// <param name="Title">The title, series included where it has one.</param>
/// <param name="Authors">The authors, separated by commas.</param>
public sealed record Book(int Id, string Title, string Authors);
