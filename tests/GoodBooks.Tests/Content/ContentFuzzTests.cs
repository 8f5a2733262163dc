using System.Text;
using LightGcn.Examples;
using LightGcn.Testing;

namespace GoodBooks.Tests.Content;

/// <summary>The readers of content, on damaged copies, plain and gzip.</summary>
public sealed class ContentFuzzTests
{
    private const string Books = "book_id,goodreads_book_id,authors,original_publication_year,language_code\n1,70,\"Ann Arbor, Bo Berg\",1994.0,eng\n2,71,Bo Berg,,en-US\n";
    private const string Tags = "tag_id,tag_name\n0,to-read\n1,Sea\n2,\"s,ea\"\n";
    private const string BookTags = "goodreads_book_id,tag_id,count\n70,1,5\n71,1,-1\n71,0,9\n70,2,7\n";
    private const string Movies = "movieId,title,genres\n1,Toy (1995),Comedy|War\n2,\"A, The\",War\n3,C,(no genres listed)\n";
    private const string MovieTags = "userId,movieId,tag,timestamp\n1,1,Sea,7\n2,2,\"the sea\",8\n";
    private const string MovieRatings = "userId,movieId,rating,timestamp\n1,1,0.5,7\n2,2,5.0,8\n";

    [Theory]
    [InlineData("books.csv", Books, "authors")]
    [InlineData("books.csv", Books, "decade")]
    [InlineData("books.csv", Books, "tags")]
    [InlineData("tags.csv", Tags, "tags")]
    [InlineData("book_tags.csv", BookTags, "tags")]
    public void Damaged_files_of_books_are_read_or_refused(string file, string text, string name)
    {
        using TempFolder folder = new TempFolder().With("books.csv", Books).With("tags.csv", Tags).With("book_tags.csv", BookTags);
        Run(folder, file, text, () => GoodBooksContent.Read(folder.Path, name));
    }

    [Theory]
    [InlineData("movies.csv", Movies, "genres")]
    [InlineData("movies.csv", Movies, "decade")]
    [InlineData("tags.csv", MovieTags, "tags")]
    public void Damaged_files_of_movies_are_read_or_refused(string file, string text, string name)
    {
        using TempFolder folder = new TempFolder().With("movies.csv", Movies).With("tags.csv", MovieTags);
        Run(folder, file, text, () => MovieLensContent.Read(folder.Path, name));
    }

    [Fact]
    public void Damaged_ratings_of_movies_are_read_in_range_or_refused()
    {
        using TempFolder folder = new();
        Run(folder, "ratings.csv", MovieRatings, () =>
        {
            Assert.All(MovieLensFiles.ReadRatings(folder.Path).Values, rating => Assert.InRange(rating, 0.5f, 5));
            return null;
        });
    }

    private static void Run(TempFolder folder, string file, string text, Func<ItemContent?> read)
    {
        byte[] valid = Encoding.UTF8.GetBytes(text);
        ByteFuzz fuzz = new(seed: 1);
        fuzz.Run(300, fuzz => fuzz.Damage(valid), bytes => Read(file, bytes), typeof(InvalidDataException));
        Assert.InRange(fuzz.RefusedCount, 20, 299);

        File.Delete(folder.File(file));
        byte[] whole = ByteFuzz.Gzip(valid);
        fuzz.Run(200, fuzz => fuzz.Damage(whole), bytes => Read(file + ".gz", bytes), typeof(InvalidDataException));

        void Read(string name, byte[] bytes)
        {
            File.WriteAllBytes(folder.File(name), bytes);
            if (read() is { } content)
                Assert.All(content.Rows, row => Assert.True(row.Count >= 1 && row.Attribute.Length > 0 && row.ItemId >= 0));
        }
    }
}
