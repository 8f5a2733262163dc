using System.IO.Compression;
using System.Text;
using LightGcn.Examples;

namespace GoodBooks.Tests.Content;

public sealed class MovieLensTests
{
    private const string Movies =
        "movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n2,\"Grumpier, Old (1999) \",Comedy|Comedy|Sci-Fi\n3,No Year,(no genres listed)\n4,Late (2003),Sci-Fi\n";

    [Fact]
    public void Ratings_have_halves()
    {
        using TempFolder folder = new TempFolder().With("movies.csv", Movies).With("ratings.csv", "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n2,1,5.0,9999999999\n");
        MovieLensRatings ratings = MovieLensFiles.ReadRatings(folder.Path);
        Assert.Equal([1, 2], ratings.UserIds);
        Assert.Equal([31, 1], ratings.MovieIds);
        Assert.Equal([2.5f, 5f], ratings.Values);
        Assert.True(MovieLensFiles.AreIn(folder.Path));
    }

    [Fact]
    public void Genres_are_split_and_years_become_decades()
    {
        using TempFolder folder = new TempFolder().With("movies.csv", Movies);
        ItemContent genres = MovieLensContent.Read(folder.Path, "genres");
        Assert.Equal([(1, "Comedy"), (2, "Comedy"), (2, "Sci-Fi"), (4, "Sci-Fi")], genres.Rows.Select(row => (row.ItemId, row.Attribute)));
        Assert.Equal([new("rows read", 4, 4, 4), new("split at '|'", 5, 3, 3), new ContentStep("of at least 2 movies", 4, 2, 3)], genres.Steps);
        Assert.Equal([(1, "1990s"), (2, "1990s")], MovieLensContent.Read(folder.Path, "decade").Rows.Select(row => (row.ItemId, row.Attribute)));
    }

    [Fact]
    public void Tags_count_the_users_who_gave_them()
    {
        using TempFolder folder = new TempFolder().With("movies.csv", Movies).With("tags.csv",
            "userId,movieId,tag,timestamp\n1,1,Time Travel,1\n2,1,time-travel,1\n2,4,\"time travel\",1\n2,2,dvd,1\n3,2,alone,1\n3,99,alone,1\n");
        ItemContent tags = MovieLensContent.Read(folder.Path, "tags");
        Assert.Equal([(1, "time-travel", 2f), (4, "time-travel", 1f)], tags.Rows.Select(row => (row.ItemId, row.Attribute, row.Count)));
        Assert.Equal([6, 5, 4, 3, 2], tags.Steps.Select(step => step.Rows));
    }

    [Theory]
    [InlineData("movies.csv", "movieId,title,genres\n1,a,b\n1,c,d\n", "genres", "line 3", "'movieId'", "each identifier once")]
    [InlineData("tags.csv", "userId,movieId,tag\n1,x,a\n", "tags", "line 2", "'movieId'", "\"x\"")]
    [InlineData("tags.csv", "userId,movieId,tag\n1,77,a\n", "tags", "'movieId'", "found none of them in 1 rows")]
    public void Bad_files_are_refused_by_file_line_column_expected_and_found(string file, string text, string name, params string[] parts)
    {
        using TempFolder folder = new TempFolder().With("movies.csv", Movies).With(file, text);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => MovieLensContent.Read(folder.Path, name));
        Assert.All([.. parts, file], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("5.5")]
    [InlineData("NaN")]
    [InlineData("")]
    public void A_rating_out_of_range_is_refused(string rating)
    {
        using TempFolder folder = new TempFolder().With("ratings.csv", $"userId,movieId,rating\n1,1,4\n1,2,{rating}\n");
        string message = Assert.Throws<InvalidDataException>(() => MovieLensFiles.ReadRatings(folder.Path)).Message;
        Assert.Equal($"ratings.csv, line 3, column 'rating': expected a number from 0.5 to 5, found \"{rating}\".", message);
    }

    [Fact]
    public void The_real_files_have_these_counts()
    {
        string folder = RealGoodBooks.MovieLensOrSkip();
        MovieLensRatings ratings = MovieLensFiles.ReadRatings(folder);
        Assert.Equal(100_004, ratings.Count);
        Assert.Equal(51_568, ratings.Values.Count(rating => rating >= 4));
        Assert.Equal((858, 154, 580), Last("tags"));
        Assert.Equal((20_322, 19, 9_107), Last("genres"));
        Assert.Equal((9_118, 11, 9_118), Last("decade"));

        (int Rows, int Attributes, int Items) Last(string name) => MovieLensContent.Read(folder, name).Steps[^1] is var step ? (step.Rows, step.Attributes, step.Items) : default;
    }

    [Fact]
    public void Gzip_copies_are_read()
    {
        using TempFolder folder = new();
        using (GZipStream stream = new(File.Create(folder.File("movies.csv.gz")), CompressionLevel.Fastest))
            stream.Write(Encoding.UTF8.GetBytes(Movies));
        Assert.Equal(4, MovieLensContent.Read(folder.Path, "genres").Rows.Count);
    }
}
