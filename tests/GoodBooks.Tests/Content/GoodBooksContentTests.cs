using System.IO.Compression;
using System.Text;
using LightGcn.Examples;

namespace GoodBooks.Tests.Content;

public sealed class GoodBooksContentTests
{
    private const string Books =
        "book_id,goodreads_book_id,authors,original_publication_year,title,language_code\n" +
        "1,70,\"Ann Arbor, Bo  Berg\",1994.0,A,eng\n" +
        "2,71,ann arbor,1999.0,B,en-US\n" +
        "3,72,\"Cy Dee, , Bo Berg, Bo Berg\",,C,\n" +
        "4,73,,-720.0,D,fre\n" +
        "5,74,Eve,-711.0,E,en\n";

    private const string Tags = "tag_id,tag_name\n0,to-read\n1,Sea\n2,sea_\n3,read-in-2015\n4,rare\n5,kindle\n6,Children's\n7,children-s\n8,childrens\n";

    [Fact]
    public void Tags_join_on_the_catalog_number_and_every_step_is_counted()
    {
        using TempFolder folder = new TempFolder().With("books.csv", Books).With("tags.csv", Tags).With("book_tags.csv",
            "goodreads_book_id,tag_id,count\n70,1,4\n70,2,3\n71,1,9\n72,2,5\n73,1,6\n74,1,7\n70,0,500\n71,3,8\n72,5,8\n73,4,9\n74,6,-1\n1,1,50\n2,1,50\n70,6,2\n71,7,2\n71,8,2\n");
        ItemContent tags = GoodBooksContent.Read(folder.Path, "tags");
        Assert.Equal(("tags", true), (tags.Name, tags.IsCounted));
        // Book 1 has 4 of "Sea" and 3 of "sea_".
        Assert.Equal([(1, "sea", 7), (2, "sea", 9), (3, "sea", 5), (4, "sea", 6), (5, "sea", 7)], tags.Rows.Select(row => (row.ItemId, row.Attribute, (int)row.Count)));
        Assert.Equal(
            [
                new("rows read", 16, 9, 7),
                // 1 and 2 are book_ids.
                new("joined by goodreads_book_id", 14, 9, 5),
                new("of a count of at least 1", 13, 9, 5),
                new("folded, equals added up", 11, 6, 5),
                new("without stop-tags", 8, 3, 5),
                new("used at least 5 times", 6, 2, 5),
                new ContentStep("of at least 5 books", 5, 1, 5),
            ],
            tags.Steps);
    }

    [Fact]
    public void Authors_are_split_trimmed_folded_and_shared()
    {
        using TempFolder folder = new TempFolder().With("books.csv", Books);
        ItemContent authors = GoodBooksContent.Read(folder.Path, "authors");
        Assert.False(authors.IsCounted);
        Assert.Equal([(1, "Ann Arbor", 1f), (1, "Bo Berg", 1f), (2, "Ann Arbor", 1f), (3, "Bo Berg", 1f)], authors.Rows.Select(row => (row.ItemId, row.Attribute, row.Count)));
        Assert.Equal([new("rows read", 5, 5, 5), new("split at commas, one spelling each", 6, 4, 4), new ContentStep("of at least 2 books", 4, 2, 3)], authors.Steps);
    }

    [Fact]
    public void Languages_lose_their_countries_and_years_become_decades()
    {
        using TempFolder folder = new TempFolder().With("books.csv", Books);
        Assert.Equal([(1, "eng"), (2, "eng"), (5, "eng")], GoodBooksContent.Read(folder.Path, "language").Rows.Select(row => (row.ItemId, row.Attribute)));
        Assert.Equal([(1, "1990s"), (2, "1990s"), (4, "-720s"), (5, "-720s")], GoodBooksContent.Read(folder.Path, "decade").Rows.Select(row => (row.ItemId, row.Attribute)));
        Assert.Equal([1, 2, 3, 4, 5], GoodBooksContent.ReadBookIds(folder.Path));
    }

    [Fact]
    public void Gzip_copies_and_other_column_orders_are_read()
    {
        using TempFolder folder = new TempFolder().With("tags.csv", "tag_name,tag_id\nsea,1\n");
        WriteGzip(folder.File("books.csv.gz"), Books);
        WriteGzip(folder.File("book_tags.csv.gz"), "count,goodreads_book_id,tag_id\n5,70,1\n6,71,1\n7,72,1\n8,73,1\n9,74,1\n");
        Assert.Equal([5f, 6, 7, 8, 9], GoodBooksContent.Read(folder.Path, "tags").Rows.Select(row => row.Count));
    }

    [Theory]
    [InlineData("books.csv", "book_id,authors\n1,a\n1,b\n", "authors", "line 3", "'book_id'", "each identifier once", "\"1\"")]
    [InlineData("books.csv", "book_id,title\n1,a\n", "authors", "line 1", "'authors'")]
    [InlineData("books.csv", "book_id,authors\n", "authors", "line 2", "at least one row")]
    [InlineData("books.csv", "book_id,original_publication_year\n1,1990.0\n2,MCM\n", "decade", "line 3", "'original_publication_year'", "a number from -9999 to 9999", "\"MCM\"")]
    [InlineData("books.csv", "book_id,goodreads_book_id\n1,7\n2,7\n", "tags", "line 3", "'goodreads_book_id'", "each book once", "\"7\"")]
    [InlineData("tags.csv", "tag_id,tag_name\n1,a\n1,b\n", "tags", "line 3", "'tag_id'", "each identifier once", "\"1\"")]
    [InlineData("book_tags.csv", "goodreads_book_id,tag_id,count\n70,1,3\n70,99,3\n", "tags", "line 3", "'tag_id'", "a tag_id of tags.csv", "\"99\"")]
    [InlineData("book_tags.csv", "goodreads_book_id,tag_id,count\n70,1,many\n", "tags", "line 2", "'count'", "an integer", "\"many\"")]
    [InlineData("book_tags.csv", "goodreads_book_id,tag_id,count\n1,1,3\n2,1,3\n", "tags", "'goodreads_book_id'", "found none of them in 2 rows")]
    [InlineData("book_tags.csv", "goodreads_book_id,tag_id,count\n", "tags", "line 2", "at least one row")]
    public void Bad_files_are_refused_by_file_line_column_expected_and_found(string file, string text, string name, params string[] parts)
    {
        using TempFolder folder = new TempFolder().With("books.csv", Books).With("tags.csv", Tags).With("book_tags.csv", "goodreads_book_id,tag_id,count\n70,1,4\n").With(file, text);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => GoodBooksContent.Read(folder.Path, name));
        Assert.All([.. parts, file], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_files_and_unknown_names_are_named()
    {
        using TempFolder folder = new TempFolder().With("books.csv", Books);
        Assert.Contains("tags.csv.gz", Assert.Throws<InvalidDataException>(() => GoodBooksContent.Read(folder.Path, "tags")).Message, StringComparison.Ordinal);
        Assert.Contains("'covers'", Assert.Throws<ArgumentException>(() => GoodBooksContent.Read(folder.Path, "covers")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_synthetic_books_have_content_that_follows_their_genres()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, new SyntheticGoodBooksOptions { Users = 400, Books = 150, Ratings = 9000, ToRead = 1500, Seed = 3 });
        Assert.All(GoodBooksContent.Names, name => Assert.NotEmpty(GoodBooksContent.Read(folder.Path, name).Rows));
        ItemContent tags = GoodBooksContent.Read(folder.Path, "tags");
        Assert.Contains(tags.Rows, row => row.Attribute == "fantasy");
        Assert.DoesNotContain(tags.Rows, row => row.Attribute is "to-read" or "books-i-own" or "favorites");
        Assert.True(tags.Steps[^1].Items > 140, $"{tags.Steps[^1].Items} books have tags.");
    }

    [Fact]
    public void The_real_files_have_these_counts()
    {
        string folder = RealGoodBooks.FolderOrSkip();
        ItemContent tags = GoodBooksContent.Read(folder, "tags");
        Assert.Equal(
            [
                (719_194, 23_641, 7_192),
                (719_194, 23_641, 7_192),
                (719_194, 23_641, 7_192),
                (715_017, 23_397, 7_192),
                (364_525, 19_538, 7_192),
                (328_438, 14_640, 7_192),
                (311_878, 4_721, 7_192),
            ],
            tags.Steps.Select(step => (step.Rows, step.Attributes, step.Items)));
        Assert.Equal((9_252, 1_876, 7_865), Last("authors"));
        Assert.Equal((8_909, 14, 8_909), Last("language"));
        Assert.Equal((9_944, 48, 9_944), Last("decade"));

        (int Rows, int Attributes, int Items) Last(string name) => GoodBooksContent.Read(folder, name).Steps[^1] is var step ? (step.Rows, step.Attributes, step.Items) : default;
    }

    private static void WriteGzip(string path, string text)
    {
        using GZipStream stream = new(File.Create(path), CompressionLevel.Fastest);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
