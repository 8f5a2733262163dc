using System.IO.Compression;
using System.Text;
using LightGcn.Examples;

namespace GoodBooks.Tests.Data;

public sealed class GoodBooksFilesTests
{
    private const string Ratings = "user_id,book_id,rating\n1,258,5\n2,4081,4\n2,260,3\n";
    private const string ToRead = "user_id,book_id\n1,112\n2,4081\n";

    [Fact]
    public void Rows_come_in_file_order()
    {
        using TempFolder folder = new TempFolder().With("ratings.csv", Ratings).With("to_read.csv", ToRead);
        GoodBooksData data = GoodBooksFiles.Read(folder.Path);
        Assert.Equal([1, 2, 2], data.Ratings.UserIds);
        Assert.Equal([258, 4081, 260], data.Ratings.BookIds);
        Assert.Equal<byte>([5, 4, 3], data.Ratings.Values);
        Assert.Equal([1, 2], data.ToRead.UserIds);
        Assert.Equal([112, 4081], data.ToRead.BookIds);
        Assert.Equal(0, data.Books.Count);
        Assert.Equal("book 258", data.Books.Title(258));
    }

    [Theory]
    [InlineData("rating,book_id,user_id\n5,258,1\n4,4081,2\n3,260,2")]
    [InlineData("when,book_id,note,user_id,rating\n7,258,\"a, b\",1,5\n8,4081,,2,4\n9,260,x,2,3\n")]
    [InlineData("user_id,book_id,rating\r\n1,258,5\r\n2,4081,4\r\n2,260,3\r\n\r\n")]
    [InlineData("\"user_id\",\"book_id\",\"rating\"\n\"1\",258,5\n2,\"4081\",4\n2,260,\"3\"\n")]
    [InlineData("\uFEFFuser_id,book_id,rating\n1,258,5\n2,4081,4\n2,260,3\n")]
    [InlineData("user_id,x,book_id,x,rating\n1,,258,,5\n2,,4081,,4\n2,,260,,3\n")]
    public void Column_order_further_columns_line_ends_and_quotes_do_not_matter(string text)
    {
        using TempFolder folder = new TempFolder().With("ratings.csv", text);
        GoodBooksRatings ratings = GoodBooksFiles.ReadRatings(folder.Path);
        Assert.Equal([1, 2, 2], ratings.UserIds);
        Assert.Equal([258, 4081, 260], ratings.BookIds);
        Assert.Equal<byte>([5, 4, 3], ratings.Values);
    }

    [Fact]
    public void Gzip_copies_are_read_and_plain_ones_win()
    {
        using TempFolder folder = new();
        WriteGzip(folder.File("ratings.csv.gz"), Ratings);
        Assert.Equal(3, GoodBooksFiles.ReadRatings(folder.Path).Count);
        folder.With("ratings.csv", "user_id,book_id,rating\n9,9,5\n");
        Assert.Equal([9], GoodBooksFiles.ReadRatings(folder.Path).UserIds);
    }

    [Fact]
    public void Titles_keep_their_commas_quotes_and_line_breaks()
    {
        using TempFolder folder = new TempFolder().With("books.csv",
            "book_id,goodreads_book_id,authors,original_publication_year,title\n" +
            "1,77,\"Ann Arbor, Bo Berg\",2008.0,\"The \"\"Long\"\" Road (Roads, #1)\"\n" +
            "2,78,Cy Dee,,\"Two\nlines\"\n" +
            "3,79,,,\n");
        BookCatalog books = GoodBooksFiles.ReadBooks(folder.Path);
        Assert.Equal(3, books.Count);
        Assert.Equal("The \"Long\" Road (Roads, #1)", books.Title(1));
        Assert.Equal("Ann Arbor, Bo Berg", books.Authors(1));
        Assert.Equal("Two\nlines", books.Title(2));
        Assert.Equal("book 3", books.Title(3));
        Assert.False(books.TryGet(4, out _));
    }

    [Fact]
    public void Positives_are_the_high_ratings_then_every_to_read_mark_repeats_kept()
    {
        using TempFolder folder = new TempFolder().With("ratings.csv", Ratings).With("to_read.csv", ToRead);
        GoodBooksPositives positives = GoodBooksFiles.Read(folder.Path).Positives();
        Assert.Equal([1, 2, 1, 2], positives.UserIds);
        Assert.Equal([258, 4081, 112, 4081], positives.BookIds);
        Assert.Equal(2, positives.RatedCount);
        Assert.Equal(["rating_pos", "rating_pos", "to_read", "to_read"], Enumerable.Range(0, positives.Count).Select(p => positives[p].Source.Name()));
        Assert.Equal(5, GoodBooksFiles.Read(folder.Path).Positives(minimumRating: 3).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => GoodBooksFiles.Read(folder.Path).Positives(minimumRating: 6));
    }

    [Theory]
    [InlineData("user_id,book_id,rating\n1,2,5\n1,3,6\n", "line 3", "'rating'", "an integer from 1 to 5", "\"6\"")]
    [InlineData("user_id,book_id,rating\n1,2,0\n", "line 2", "'rating'", "an integer from 1 to 5", "\"0\"")]
    [InlineData("user_id,book_id,rating\n1,2,4.0\n", "line 2", "'rating'", "an integer from 1 to 5", "\"4.0\"")]
    [InlineData("user_id,book_id,rating\n-1,2,4\n", "line 2", "'user_id'", "an integer of at least 0", "\"-1\"")]
    [InlineData("user_id,book_id,rating\n1,x,4\n", "line 2", "'book_id'", "an integer of at least 0", "\"x\"")]
    [InlineData("user_id,book_id,rating\n1,,4\n", "line 2", "'book_id'", "an integer of at least 0", "\"\"")]
    [InlineData("user_id,book_id,rating\n1,2147483648,4\n", "line 2", "'book_id'", "an integer of at least 0", "\"2147483648\"")]
    [InlineData("user_id,book_id,rating\n1,2,4\n1,2\n", "line 3", "ratings.csv", "3 fields", "found 2")]
    [InlineData("user_id,book_id,rating\n1,2,4,4\n", "line 2", "ratings.csv", "3 fields", "found 4")]
    [InlineData("user_id,item_id,rating\n1,2,4\n", "line 1", "'book_id'", "in the header", "user_id, item_id, rating")]
    [InlineData("user_id,book_id,rating\n", "line 2", "ratings.csv", "at least one row", "none")]
    [InlineData("", "line 1", "ratings.csv", "a header row", "an empty file")]
    public void Bad_files_are_refused_by_file_line_column_expected_and_found(string text, params string[] parts)
    {
        using TempFolder folder = new TempFolder().With("ratings.csv", text);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => GoodBooksFiles.ReadRatings(folder.Path));
        Assert.All([.. parts, "ratings.csv"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_line_of_an_error_counts_line_breaks_inside_quotes()
    {
        using TempFolder folder = new TempFolder().With("books.csv", "book_id,title,authors\n1,\"a\nb\nc\",d\nx,e,f\n");
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => GoodBooksFiles.ReadBooks(folder.Path));
        Assert.Contains("line 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_book_that_comes_twice_is_refused()
    {
        using TempFolder folder = new TempFolder().With("books.csv", "book_id,title,authors\n7,a,b\n7,c,d\n");
        Assert.Contains("found 7 again", Assert.Throws<InvalidDataException>(() => GoodBooksFiles.ReadBooks(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_and_folders_are_named()
    {
        using TempFolder folder = new TempFolder().With("ratings.csv", Ratings);
        Assert.Contains("to_read.csv.gz", Assert.Throws<InvalidDataException>(() => GoodBooksFiles.Read(folder.Path)).Message, StringComparison.Ordinal);
        string nowhere = folder.File("nowhere");
        Assert.Contains(nowhere, Assert.Throws<InvalidDataException>(() => GoodBooksFiles.Read(nowhere)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_gzip_file_is_named()
    {
        using TempFolder folder = new();
        File.WriteAllBytes(folder.File("ratings.csv.gz"), Encoding.ASCII.GetBytes(Ratings));
        Assert.StartsWith("ratings.csv.gz", Assert.Throws<InvalidDataException>(() => GoodBooksFiles.ReadRatings(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_file_that_ends_early_is_refused()
    {
        using TempFolder folder = new();
        string path = folder.File("ratings.csv.gz");
        Random random = new(5);
        WriteGzip(path, "user_id,book_id,rating\n" + string.Concat(Enumerable.Range(0, 20000).Select(r => $"{r},{random.Next(9999)},5\n")));
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        Assert.StartsWith("ratings.csv.gz", Assert.Throws<InvalidDataException>(() => GoodBooksFiles.ReadRatings(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_real_files_have_their_published_counts()
    {
        string path = RealGoodBooks.FolderOrSkip();
        GoodBooksData data = GoodBooksFiles.Read(path);
        Assert.Equal(981_756, data.Ratings.Count);
        Assert.Equal(912_705, data.ToRead.Count);
        Assert.Equal(10_000, data.Books.Count);
        HashSet<(int, int)> pairs = [.. data.Ratings.UserIds.Zip(data.Ratings.BookIds)];
        HashSet<(int, int, byte)> rows = [.. data.Ratings.UserIds.Zip(data.Ratings.BookIds, data.Ratings.Values)];
        Assert.Equal(53_424, data.Ratings.UserIds.Distinct().Count());
        Assert.Equal(10_000, data.Ratings.BookIds.Distinct().Count());
        Assert.Equal(2_278, data.Ratings.Count - pairs.Count);
        Assert.Equal(1_644, data.Ratings.Count - rows.Count);
        Assert.Equal("The Hunger Games (The Hunger Games, #1)", data.Books.Title(1));
        Assert.Equal("J.K. Rowling, Mary GrandPré", data.Books.Authors(2));

        GoodBooksPositives positives = data.Positives();
        HashSet<(int, int)> unique = [.. positives.UserIds.Zip(positives.BookIds)];
        Assert.Equal(1_561_338, unique.Count);
    }

    private static void WriteGzip(string path, string text)
    {
        using GZipStream stream = new(File.Create(path), CompressionLevel.Fastest);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
