namespace LightGcn.Examples;

/// <summary>
/// Reads a folder with the CSV files of MovieLens (<c>ml-latest-small</c> and the larger ones of its format), each plain or gzip.
/// </summary>
/// <remarks>Columns are found by name, and bad files are refused as by <see cref="GoodBooksFiles"/>.</remarks>
public static class MovieLensFiles
{
    /// <summary>File of the ratings: userId, movieId, rating, timestamp.</summary>
    public const string Ratings = "ratings.csv";

    /// <summary>File of the movies: movieId, title, genres.</summary>
    public const string Movies = "movies.csv";

    /// <summary>File of the tags that users gave: userId, movieId, tag, timestamp.</summary>
    public const string Tags = "tags.csv";

    /// <summary>Whether a folder has MovieLens files: GoodBooks has ratings too, and no movies.</summary>
    /// <param name="folder">The folder to look in.</param>
    public static bool AreIn(string folder) => GoodBooksFiles.Find(folder, Movies) is not null;

    /// <summary>Reads <c>ratings.csv</c>, rows in file order.</summary>
    /// <param name="folder">The folder with the file.</param>
    /// <exception cref="InvalidDataException">The file is missing or bad, or a rating is not 0.5 to 5.</exception>
    public static MovieLensRatings ReadRatings(string folder)
    {
        using CsvTable table = CsvTable.Open(GoodBooksFiles.Require(folder, Ratings));
        int userColumn = table.Column("userId"), movieColumn = table.Column("movieId"), ratingColumn = table.Column("rating");
        List<int> users = [], movies = [];
        List<float> ratings = [];
        while (table.Next())
        {
            users.Add(table.Integer(userColumn, 0, int.MaxValue));
            movies.Add(table.Integer(movieColumn, 0, int.MaxValue));
            ratings.Add((float)table.Number(ratingColumn, 0.5, 5));
        }
        table.RequireRows(users.Count);
        return new([.. users], [.. movies], [.. ratings]);
    }
}
