namespace LightGcn.Examples;

/// <summary>Where GoodBooks-10k comes from and how to know it when it arrives.</summary>
/// <remarks>
/// The authors publish no checksum with their release, so <see cref="Authors"/> has none. What arrives is known by its
/// contents, the published numbers of rows and columns of each file, and by the checksums inside the archive; the SHA-256
/// of the archive and of each file is then recorded in the cache and checked on every later use. Who has a SHA-256 they
/// trust gives it as <see cref="ExpectedSha256"/>, and it is checked too.
/// </remarks>
public sealed record GoodBooksSource
{
    /// <summary>The full GoodBooks-10k of the authors' release 1.0: 5,976,479 ratings, CC BY-SA 4.0.</summary>
    public static GoodBooksSource Authors { get; } = new()
    {
        Url = new("https://github.com/zygmuntz/goodbooks-10k/releases/download/v1.0/goodbooks-10k.zip"),
        Tables =
        [
            new(GoodBooksFiles.Ratings, 5_976_479, 3),
            new(GoodBooksFiles.ToRead, 912_705, 2),
            new(GoodBooksFiles.Books, 10_000, 23),
            new(GoodBooksFiles.Tags, 34_252, 2),
            new(GoodBooksFiles.BookTags, 999_912, 3),
        ],
    };

    /// <summary>The address of the zip archive.</summary>
    public required Uri Url { get; init; }

    /// <summary>The files to take from the archive, and their sizes.</summary>
    public required IReadOnlyList<GoodBooksTable> Tables { get; init; }

    /// <summary>The archive's SHA-256 in hexadecimal digits; null where it is not known.</summary>
    public string? ExpectedSha256 { get; init; }

    /// <summary>The archive's length in bytes; null where it is not known.</summary>
    public long? ExpectedLength { get; init; }
}

/// <summary>A CSV file of the archive.</summary>
/// <param name="FileName">Its name, without a folder.</param>
/// <param name="Rows">Number of rows below the header.</param>
/// <param name="Columns">Number of columns.</param>
public sealed record GoodBooksTable(string FileName, int Rows, int Columns);
