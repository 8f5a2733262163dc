using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML.LightGcn;

namespace WebRecommender.Models;

/// <summary>The books of a model, most read first, with a search over titles and authors.</summary>
internal sealed class BookIndex
{
    private readonly Book[] _books;
    private readonly string[] _texts;
    private readonly Dictionary<int, Book> _byId;

    /// <param name="recommender">The model's recommender.</param>
    /// <param name="titles">Titles and authors; a book that is not among them has its number for a title.</param>
    /// <exception cref="FormatException">An item's id is not a book_id, a whole number.</exception>
    public BookIndex(Recommender recommender, BookCatalog titles)
    {
        // Somebody of whom nothing is known gets all books that have readers, by their number; those without come last.
        Recommendations popular = recommender.RecommendToNewUser(recommender.GetItems([]), new RecommendationOptions { Count = recommender.ItemCount });
        IEnumerable<string> all = Enumerable.Range(1, recommender.ItemCount).Select(key => recommender.GetItemId(new Key((uint)key)));
        _books = [.. popular.Items.Select(item => item.Id).Union(all).Select(id => ToBook(id, titles))];
        _texts = Array.ConvertAll(_books, book => $"{book.Title} {book.Authors}");
        _byId = _books.ToDictionary(book => book.Id);
    }

    /// <summary>Number of books.</summary>
    public int Count => _books.Length;

    /// <summary>The book; null where the model does not know it.</summary>
    public Book? Find(int bookId) => _byId.GetValueOrDefault(bookId);

    /// <summary>The book of an item that the recommender gave.</summary>
    public Book this[string itemId] => _byId[ParseId(itemId)];

    /// <summary>Finds books whose title or authors have every word of a text, in any case; most read first.</summary>
    /// <param name="text">The text; empty finds all.</param>
    /// <param name="count">The maximum number of books.</param>
    public IReadOnlyList<Book> Search(string text, int count)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        List<Book> found = [];
        for (int n = 0; n < _books.Length && found.Count < count; n++)
        {
            if (Array.TrueForAll(words, word => _texts[n].Contains(word, StringComparison.OrdinalIgnoreCase)))
                found.Add(_books[n]);
        }
        return found;
    }

    private static Book ToBook(string itemId, BookCatalog titles)
    {
        int id = ParseId(itemId);
        return new Book(id, titles.Title(id), titles.Authors(id));
    }

    private static int ParseId(string itemId) =>
        int.TryParse(itemId, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : throw new FormatException($"Expected a whole number as the id of a book, found '{itemId}'.");
}
