using System.Globalization;

namespace LightGcn.Examples;

/// <summary>
/// Writes a small, invented data set in the shape of GoodBooks-10k, for a first run without a download and for tests.
/// </summary>
/// <remarks>
/// Popularity has a long tail, and readers have tastes: each likes a few of 24 genres and follows authors, so that a
/// model that learns from who read what beats popularity. Tags and authors follow these tastes, and so tell of books that
/// nobody read yet; shelves of the readers' own, tags of other genres and the years are noise. Every number comes from integer arithmetic on a seeded
/// generator of our own, so the files are the same on every platform. Titles and people are invented.
/// </remarks>
public static class SyntheticGoodBooks
{
    private const int NoiseTags = 2;

    private static readonly string[] Shelves = ["to-read", "favorites", "owned", "currently-reading", "books-i-own"];

    /// <summary>Languages beside English, each of some authors.</summary>
    private static readonly string[] Languages = ["spa", "ger", "fre"];

    /// <summary>
    /// Writes <c>ratings.csv</c>, <c>to_read.csv</c>, <c>books.csv</c>, <c>tags.csv</c> and <c>book_tags.csv</c> with the
    /// columns of the authors' release. The files appear together, when all are written.
    /// </summary>
    /// <param name="folder">The folder; made where it is missing. Files of these names are replaced.</param>
    /// <param name="options">Sizes and seed; the defaults where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small, or ratings or marks are too many for users and books.</exception>
    public static void Write(string folder, SyntheticGoodBooksOptions? options = null)
    {
        options ??= new();
        options.Check();
        SyntheticRandom random = new((ulong)(uint)options.Seed);
        SyntheticLibrary library = new(options.Books, random);
        SyntheticReaders readers = new(library, options, random);
        SyntheticRating[] ratings = readers.MixedRatings();
        int[][] histograms = Histograms(library, ratings);
        AtomicFolder.Write(folder, target =>
        {
            WriteFile(target, GoodBooksFiles.Ratings, "user_id,book_id,rating", writer =>
            {
                foreach (SyntheticRating rating in ratings)
                    writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rating.UserId},{rating.BookId},{rating.Rating}"));
            });
            WriteFile(target, GoodBooksFiles.ToRead, "user_id,book_id", writer =>
            {
                foreach (SyntheticRating mark in readers.ToRead)
                    writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mark.UserId},{mark.BookId}"));
            });
            WriteFile(target, GoodBooksFiles.Books,
                "book_id,goodreads_book_id,best_book_id,work_id,books_count,isbn,isbn13,authors,original_publication_year,original_title,title,language_code," +
                "average_rating,ratings_count,work_ratings_count,work_text_reviews_count,ratings_1,ratings_2,ratings_3,ratings_4,ratings_5,image_url,small_image_url",
                writer => WriteBooks(writer, library, histograms));
            // A generator of its own: the noise takes no number from the books and readers.
            WriteTags(target, library, histograms, new SyntheticRandom(~(ulong)(uint)options.Seed));
        });
    }

    /// <summary>How many ratings of 1 to 5 (index 0 to 4) each book has.</summary>
    private static int[][] Histograms(SyntheticLibrary library, SyntheticRating[] ratings)
    {
        int[][] histograms = [.. library.Books.Select(_ => new int[5])];
        foreach (SyntheticRating rating in ratings)
            histograms[rating.BookId - 1][rating.Rating - 1]++;
        return histograms;
    }

    private static void WriteBooks(TextWriter writer, SyntheticLibrary library, int[][] histograms)
    {
        foreach (SyntheticBook book in library.Books)
        {
            int[] histogram = histograms[book.Id - 1];
            int count = histogram.Sum(), sum = 0;
            for (int r = 0; r < 5; r++)
                sum += (r + 1) * histogram[r];
            // The mean in hundredths, rounded by integers.
            int mean = count == 0 ? 0 : (200 * sum + count) / (2 * count);
            int series = book.Title.IndexOf(" (", StringComparison.Ordinal);
            string originalTitle = series < 0 ? book.Title : book.Title[..series];
            // Invented books have neither ISBN nor picture; the real file leaves such fields empty too.
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{book.Id},{book.CatalogNumber},{book.CatalogNumber},{book.CatalogNumber},{1 + count / 50},,,{Quote(book.Authors)},{book.Year}.0,{Quote(originalTitle)},{Quote(book.Title)},{Language(book)}," +
                $"{mean / 100}.{mean % 100:00},{count},{count},{count / 20},{histogram[0]},{histogram[1]},{histogram[2]},{histogram[3]},{histogram[4]},,"));
        }
    }

    /// <summary>One author in nine does not write in English.</summary>
    private static string Language(SyntheticBook book) => book.Author % 9 == 4 ? Languages[book.Author / 9 % Languages.Length] : "eng";

    private static void WriteTags(string target, SyntheticLibrary library, int[][] histograms, SyntheticRandom noise)
    {
        string[] names = [.. Shelves.Concat(SyntheticGenre.All.SelectMany(genre => genre.Tags)).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, int> ids = names.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        WriteFile(target, GoodBooksFiles.Tags, "tag_id,tag_name", writer =>
        {
            foreach (string name in names)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ids[name]},{name}"));
        });
        WriteFile(target, GoodBooksFiles.BookTags, "goodreads_book_id,tag_id,count", writer =>
        {
            foreach (SyntheticBook book in library.Books.OrderBy(book => book.CatalogNumber))
            {
                foreach ((int tag, int count) in TagCounts(book, histograms[book.Id - 1].Sum(), ids, noise).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key))
                    writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{book.CatalogNumber},{tag},{count}"));
            }
        });
    }

    private static Dictionary<int, int> TagCounts(SyntheticBook book, int ratings, Dictionary<string, int> ids, SyntheticRandom noise)
    {
        Dictionary<int, int> counts = [];
        for (int s = 0; s < Shelves.Length; s++)
            counts[ids[Shelves[s]]] = 1 + ratings / (1 + 3 * s);
        for (int t = 0; t < 3; t++)
        {
            counts[ids[SyntheticGenre.All[book.Genre].Tags[t]]] = 2 + ratings / (2 + 3 * t);
            if (book.SecondGenre != book.Genre)
                counts.TryAdd(ids[SyntheticGenre.All[book.SecondGenre].Tags[t]], 1 + ratings / (8 + 3 * t));
        }
        for (int n = 0; n < NoiseTags; n++)
            counts.TryAdd(ids[noise.Pick<string>(noise.Pick<SyntheticGenre>(SyntheticGenre.All).Tags)], 1 + ratings / 20);
        return counts;
    }

    private static void WriteFile(string folder, string name, string header, Action<TextWriter> writeRows) =>
        AtomicFile.WriteText(Path.Combine(folder, name), writer =>
        {
            writer.WriteLine(header);
            writeRows(writer);
        });

    private static string Quote(string text) =>
        text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
