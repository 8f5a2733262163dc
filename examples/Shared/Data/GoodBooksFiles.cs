namespace LightGcn.Examples;

/// <summary>
/// Reads a folder with the CSV files of GoodBooks-10k, each plain or gzip (<c>ratings.csv</c> or <c>ratings.csv.gz</c>).
/// </summary>
/// <remarks>
/// Columns are found by their header names, since published copies differ in column order; further columns are ignored.
/// Every reader throws <see cref="InvalidDataException"/> for a missing or empty file, a missing column, a row of another
/// length than the header, an identifier that is not a non-negative integer and a rating that is not 1 to 5; the message
/// names the file, the line, the column, what was expected and what was found.
/// </remarks>
public static class GoodBooksFiles
{
    /// <summary>File of the ratings: user_id, book_id, rating.</summary>
    public const string Ratings = "ratings.csv";

    /// <summary>File of the books that users marked "to read": user_id, book_id.</summary>
    public const string ToRead = "to_read.csv";

    /// <summary>File of the books: book_id, title, authors and more.</summary>
    public const string Books = "books.csv";

    /// <summary>File of the tags: tag_id, tag_name.</summary>
    public const string Tags = "tags.csv";

    /// <summary>File of the tags that books got: goodreads_book_id (not book_id), tag_id, count.</summary>
    public const string BookTags = "book_tags.csv";

    /// <summary>Reads ratings, to-read marks and, where the file is there, book titles.</summary>
    /// <param name="folder">The folder with the files.</param>
    public static GoodBooksData Read(string folder) => new(ReadRatings(folder), ReadToRead(folder), ReadBooks(folder));

    /// <summary>Reads <c>ratings.csv</c>, rows in file order, repeated rows included.</summary>
    /// <param name="folder">The folder with the file.</param>
    public static GoodBooksRatings ReadRatings(string folder)
    {
        using CsvTable table = CsvTable.Open(Require(folder, Ratings));
        int userColumn = table.Column("user_id"), bookColumn = table.Column("book_id"), ratingColumn = table.Column("rating");
        List<int> users = [], books = [];
        List<byte> ratings = [];
        while (table.Next())
        {
            users.Add(table.Integer(userColumn, 0, int.MaxValue));
            books.Add(table.Integer(bookColumn, 0, int.MaxValue));
            ratings.Add((byte)table.Integer(ratingColumn, 1, 5));
        }
        table.RequireRows(users.Count);
        return new([.. users], [.. books], [.. ratings]);
    }

    /// <summary>Reads <c>to_read.csv</c>, rows in file order.</summary>
    /// <param name="folder">The folder with the file.</param>
    public static GoodBooksToRead ReadToRead(string folder)
    {
        using CsvTable table = CsvTable.Open(Require(folder, ToRead));
        int userColumn = table.Column("user_id"), bookColumn = table.Column("book_id");
        List<int> users = [], books = [];
        while (table.Next())
        {
            users.Add(table.Integer(userColumn, 0, int.MaxValue));
            books.Add(table.Integer(bookColumn, 0, int.MaxValue));
        }
        table.RequireRows(users.Count);
        return new([.. users], [.. books]);
    }

    /// <summary>Reads titles and authors from <c>books.csv</c>; without that file the catalog is empty.</summary>
    /// <param name="folder">The folder with the file.</param>
    /// <exception cref="InvalidDataException">As of every reader here, and a book_id that comes twice.</exception>
    public static BookCatalog ReadBooks(string folder)
    {
        RequireFolder(folder);
        if (Find(folder, Books) is not { } path)
            return BookCatalog.Empty;
        using CsvTable table = CsvTable.Open(path);
        int idColumn = table.Column("book_id"), titleColumn = table.Column("title"), authorsColumn = table.Column("authors");
        Dictionary<int, Book> books = [];
        while (table.Next())
        {
            int id = table.Integer(idColumn, 0, int.MaxValue);
            if (!books.TryAdd(id, new Book(id, table.Text(titleColumn), table.Text(authorsColumn))))
                throw new InvalidDataException($"{table.FileName}, column 'book_id': expected each book once, found {id} again.");
        }
        table.RequireRows(books.Count);
        return new(books);
    }

    /// <summary>The path of a file or of its gzip copy, the plain one first; null where neither is in the folder.</summary>
    /// <param name="folder">The folder to look in.</param>
    /// <param name="fileName">The plain name, such as <see cref="Ratings"/>.</param>
    public static string? Find(string folder, string fileName)
    {
        string plain = Path.Combine(folder, fileName), zipped = plain + ".gz";
        return File.Exists(plain) ? plain : File.Exists(zipped) ? zipped : null;
    }

    /// <summary>Counts the rows below the header and the columns of a CSV file, plain or gzip.</summary>
    internal static (int Rows, int Columns) Measure(string path)
    {
        using CsvTable table = CsvTable.Open(path);
        int rows = 0;
        while (table.Next())
            rows++;
        return (rows, table.ColumnCount);
    }

    internal static string Require(string folder, string fileName)
    {
        RequireFolder(folder);
        return Find(folder, fileName)
            ?? throw new InvalidDataException($"{fileName}: expected {fileName} or {fileName}.gz in the folder '{folder}', found neither.");
    }

    private static void RequireFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InvalidDataException($"Expected a folder with data files at '{folder}', found none.");
    }
}
