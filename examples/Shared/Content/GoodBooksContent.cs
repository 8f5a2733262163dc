namespace LightGcn.Examples;

/// <summary>Reads what GoodBooks-10k tells of its books beside who chose them.</summary>
/// <remarks>
/// Files are plain or gzip, and every reader throws <see cref="InvalidDataException"/> as those of <see cref="GoodBooksFiles"/> do.
/// An attribute that a single book has is left out: it connects nothing.
/// </remarks>
public static class GoodBooksContent
{
    /// <summary>Names of shelves, cleaned, with how many readers used them.</summary>
    public const string Tags = "tags";

    /// <summary>Authors.</summary>
    public const string Authors = "authors";

    /// <summary>The language of the edition.</summary>
    public const string Language = "language";

    /// <summary>The decade of the first publication.</summary>
    public const string Decade = "decade";

    /// <summary>Fewer uses of a tag on a book than this are accidents.</summary>
    private const int MinimumUses = 5;

    /// <summary>A tag is one when so many books have it.</summary>
    private const int MinimumBooksOfTag = 5;

    private const int MinimumBooks = 2;

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Tags, Authors, Language, Decade];

    /// <summary>Reads one of the <see cref="Names"/>.</summary>
    /// <param name="folder">The folder with <c>books.csv</c> and, for tags, <c>tags.csv</c> and <c>book_tags.csv</c>.</param>
    /// <param name="name">What to read.</param>
    /// <exception cref="ArgumentException">There is no such name.</exception>
    /// <exception cref="InvalidDataException">A file is missing or bad, a book or a tag comes twice, a tag_id is not in <c>tags.csv</c>, or no tag is of a book.</exception>
    public static ItemContent Read(string folder, string name) => name switch
    {
        Tags => ReadTags(folder),
        Authors => ReadColumn(folder, name, "authors", AuthorReader(), "split at commas, one spelling each"),
        Language => ReadColumn(folder, name, "language_code", (table, column) => FoldLanguage(table.Text(column)) is { Length: > 0 } code ? [code] : [], "with a language"),
        Decade => ReadColumn(folder, name, "original_publication_year", (table, column) => ReadDecade(table, column) is { } decade ? [decade] : [], "with a year"),
        _ => throw new ArgumentException($"Expected some of {string.Join(", ", Names)}, found '{name}'.", nameof(name)),
    };

    /// <summary>The book_id of every book, ascending: the whole catalogue, read or not.</summary>
    /// <param name="folder">The folder with <c>books.csv</c>.</param>
    public static int[] ReadBookIds(string folder)
    {
        using CsvTable table = CsvTable.Open(GoodBooksFiles.Require(folder, GoodBooksFiles.Books));
        return [.. table.UniqueIds("book_id").Order()];
    }

    private static ItemContent ReadTags(string folder)
    {
        Dictionary<int, string> names = ReadTagNames(folder);
        Dictionary<int, int> bookIds = ReadCatalogNumbers(folder);
        ContentRows rows = new();
        HashSet<int> tags = [], books = [];
        int read = 0;
        using CsvTable table = CsvTable.Open(GoodBooksFiles.Require(folder, GoodBooksFiles.BookTags));
        int bookColumn = table.Column("goodreads_book_id"), tagColumn = table.Column("tag_id"), countColumn = table.Column("count");
        while (table.Next())
        {
            int book = table.Integer(bookColumn, 0, int.MaxValue), tag = table.Integer(tagColumn, 0, int.MaxValue), count = table.Integer(countColumn, int.MinValue, int.MaxValue);
            if (!names.TryGetValue(tag, out string? name))
                throw table.Unexpected(tagColumn, $"a tag_id of {GoodBooksFiles.Tags}");
            read++;
            tags.Add(tag);
            books.Add(book);
            if (bookIds.TryGetValue(book, out int bookId))
                rows.Add(bookId, name, count);
        }
        table.RequireRows(read);
        ItemContent content = rows.Note(new ContentStep("rows read", read, tags.Count, books.Count))
            .Note("joined by goodreads_book_id")
            // The release has a few counts of -1.
            .Keep("of a count of at least 1", row => row.Count >= 1)
            .Rename("folded, equals added up", TagNames.Fold)
            .Keep("without stop-tags", row => !TagNames.IsStop(row.Attribute))
            .Keep($"used at least {MinimumUses} times", row => row.Count >= MinimumUses)
            .KeepShared(MinimumBooksOfTag, "books")
            .Build(Tags, isCounted: true);
        if (content.Steps[1].Rows == 0)
            throw new InvalidDataException($"{table.FileName}, column 'goodreads_book_id': expected goodreads_book_id of {GoodBooksFiles.Books}, found none of them in {read} rows.");
        return content;
    }

    private static ItemContent ReadColumn(string folder, string name, string columnName, Func<CsvTable, int, IEnumerable<string>> read, string step)
    {
        ContentRows rows = new();
        using CsvTable table = CsvTable.Open(GoodBooksFiles.Require(folder, GoodBooksFiles.Books));
        int column = table.Column(columnName), count = 0;
        HashSet<string> fields = [];
        foreach (int bookId in table.UniqueIds("book_id"))
        {
            count++;
            fields.Add(table.Text(column));
            foreach (string attribute in read(table, column).Distinct())
                rows.Add(bookId, attribute);
        }
        return rows.Note(new ContentStep("rows read", count, fields.Count, count)).Note(step).KeepShared(MinimumBooks, "books").Build(name);
    }

    private static Dictionary<int, int> ReadCatalogNumbers(string folder)
    {
        Dictionary<int, int> bookIds = [];
        using CsvTable table = CsvTable.Open(GoodBooksFiles.Require(folder, GoodBooksFiles.Books));
        int column = table.Column("goodreads_book_id");
        foreach (int bookId in table.UniqueIds("book_id"))
        {
            if (!bookIds.TryAdd(table.Integer(column, 0, int.MaxValue), bookId))
                throw table.Unexpected(column, "each book once");
        }
        return bookIds;
    }

    private static Dictionary<int, string> ReadTagNames(string folder)
    {
        Dictionary<int, string> names = [];
        using CsvTable table = CsvTable.Open(GoodBooksFiles.Require(folder, GoodBooksFiles.Tags));
        int nameColumn = table.Column("tag_name");
        foreach (int tag in table.UniqueIds("tag_id"))
            names.Add(tag, table.Text(nameColumn));
        return names;
    }

    /// <summary>The authors of a field: single spaces, and in whatever case a name comes, the spelling that it had first.</summary>
    private static Func<CsvTable, int, IEnumerable<string>> AuthorReader()
    {
        Dictionary<string, string> spellings = new(StringComparer.OrdinalIgnoreCase);
        return (table, column) => table.Text(column).Split(',')
            .Select(name => string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
            .Where(author => author.Length > 0)
            .Select(author => spellings.TryAdd(author, author) ? author : spellings[author]);
    }

    /// <summary>The files mix codes of two and three letters for English, and add countries to some: en-US, en-GB, eng.</summary>
    private static string FoldLanguage(string code)
    {
        string language = code.Trim().ToLowerInvariant().Split('-')[0];
        return language == "en" ? "eng" : language;
    }

    /// <summary>1990s for 1990.0 to 1999.0; years before Christ are negative; null for an empty field.</summary>
    private static string? ReadDecade(CsvTable table, int column) =>
        table.Text(column).Length == 0 ? null : $"{(int)Math.Floor(table.Number(column, -9999, 9999) / 10) * 10}s";
}
