using System.Text.RegularExpressions;

namespace LightGcn.Examples;

/// <summary>Reads what MovieLens tells of its movies beside who rated them.</summary>
/// <remarks>Files are plain or gzip; bad ones are refused as by <see cref="GoodBooksFiles"/>. An attribute of a single movie is left out.</remarks>
public static partial class MovieLensContent
{
    /// <summary>Tags that users gave, cleaned as those of books, with how many users gave them.</summary>
    public const string Tags = "tags";

    /// <summary>Genres.</summary>
    public const string Genres = "genres";

    /// <summary>The decade of the year in the title.</summary>
    public const string Decade = "decade";

    private const int MinimumMovies = 2;

    /// <summary>What the files write for a movie without genres.</summary>
    private const string NoGenres = "(no genres listed)";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Tags, Genres, Decade];

    /// <summary>Reads one of the <see cref="Names"/>.</summary>
    /// <param name="folder">The folder with <c>movies.csv</c> and, for tags, <c>tags.csv</c>.</param>
    /// <param name="name">What to read.</param>
    /// <exception cref="ArgumentException">There is no such name.</exception>
    /// <exception cref="InvalidDataException">A file is missing or bad, a movie comes twice, or no tag is of a movie.</exception>
    public static ItemContent Read(string folder, string name) => name switch
    {
        Tags => ReadTags(folder),
        Genres => ReadMovies(folder, name, "genres", genres => genres.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(genre => genre != NoGenres), "split at '|'"),
        Decade => ReadMovies(folder, name, "title", title => YearAtEnd().Match(title) is { Success: true } year ? [$"{year.Groups[1].ValueSpan}0s"] : [], "with a year in the title"),
        _ => throw new ArgumentException($"Expected some of {string.Join(", ", Names)}, found '{name}'.", nameof(name)),
    };

    private static ItemContent ReadTags(string folder)
    {
        HashSet<int> known = [];
        using (CsvTable movies = OpenMovies(folder))
            known.UnionWith(movies.UniqueIds("movieId"));
        ContentRows rows = new();
        using CsvTable table = CsvTable.Open(GoodBooksFiles.Require(folder, MovieLensFiles.Tags));
        int movieColumn = table.Column("movieId"), tagColumn = table.Column("tag"), read = 0;
        while (table.Next())
        {
            rows.Add(table.Integer(movieColumn, 0, int.MaxValue), table.Text(tagColumn));
            read++;
        }
        table.RequireRows(read);
        ItemContent content = rows.Note("rows read")
            .Keep("joined by movieId", row => known.Contains(row.ItemId))
            .Rename("folded, equals added up", TagNames.Fold)
            .Keep("without stop-tags", row => !TagNames.IsStop(row.Attribute))
            .KeepShared(MinimumMovies, "movies")
            .Build(Tags, isCounted: true);
        if (content.Steps[1].Rows == 0)
            throw new InvalidDataException($"{table.FileName}, column 'movieId': expected movieId of {MovieLensFiles.Movies}, found none of them in {read} rows.");
        return content;
    }

    private static ItemContent ReadMovies(string folder, string name, string columnName, Func<string, IEnumerable<string>> attributes, string step)
    {
        ContentRows rows = new();
        using CsvTable table = OpenMovies(folder);
        int column = table.Column(columnName), count = 0;
        HashSet<string> fields = [];
        foreach (int movieId in table.UniqueIds("movieId"))
        {
            string field = table.Text(column);
            count++;
            fields.Add(field);
            foreach (string attribute in attributes(field).Distinct())
                rows.Add(movieId, attribute);
        }
        return rows.Note(new ContentStep("rows read", count, fields.Count, count)).Note(step).KeepShared(MinimumMovies, "movies").Build(name);
    }

    private static CsvTable OpenMovies(string folder) => CsvTable.Open(GoodBooksFiles.Require(folder, MovieLensFiles.Movies));

    /// <summary>"Toy Story (1995)": the first three digits name the decade.</summary>
    [GeneratedRegex(@"\(([0-9]{3})[0-9]\)\s*$")]
    private static partial Regex YearAtEnd();
}
