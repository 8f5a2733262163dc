using System.Text;
using LightGcn.Examples;
using LightGcn.Testing;

namespace GoodBooks.Tests.Data;

/// <summary>The readers of GoodBooks' files, on damaged copies, plain and gzip.</summary>
public sealed class GoodBooksFuzzTests
{
    private const string Ratings = "user_id,book_id,rating\n1,258,5\n2,4081,4\n2,260,3\n7,\"12\",1\n";
    private const string ToRead = "user_id,book_id\n1,112\n2,4081\n";
    private const string Books = "book_id,authors,title\n1,\"Ann Arbor, Bo Berg\",\"The \"\"Long\"\" Road\"\n2,Cy Dee,\"Two\nlines\"\n3,,\n";

    [Theory]
    [InlineData("ratings.csv", Ratings)]
    [InlineData("to_read.csv", ToRead)]
    [InlineData("books.csv", Books)]
    public void Damaged_files_are_read_in_range_or_refused(string file, string text)
    {
        byte[] valid = Encoding.UTF8.GetBytes(text);
        using TempFolder plain = new(), zipped = new();
        ByteFuzz fuzz = new(seed: 1);
        fuzz.Run(500, fuzz => fuzz.Damage(valid), bytes => Read(plain, file, bytes), typeof(InvalidDataException));
        Assert.InRange(fuzz.RefusedCount, 50, 490);

        // Damage within the text, and damage of the compressed file.
        fuzz.Run(200, fuzz => ByteFuzz.Gzip(fuzz.Damage(valid)), bytes => Read(zipped, file + ".gz", bytes), typeof(InvalidDataException));
        byte[] whole = ByteFuzz.Gzip(valid);
        fuzz.Run(300, fuzz => fuzz.Damage(whole), bytes => Read(zipped, file + ".gz", bytes), typeof(InvalidDataException));
    }

    private static void Read(TempFolder folder, string file, byte[] bytes)
    {
        File.WriteAllBytes(folder.File(file), bytes);
        switch (file[..3])
        {
            case "rat":
                GoodBooksRatings ratings = GoodBooksFiles.ReadRatings(folder.Path);
                Assert.True(ratings.Count > 0);
                Assert.All(ratings.UserIds.Concat(ratings.BookIds), id => Assert.True(id >= 0));
                Assert.All(ratings.Values, rating => Assert.InRange(rating, 1, 5));
                break;
            case "to_":
                Assert.NotEmpty(GoodBooksFiles.ReadToRead(folder.Path).UserIds);
                break;
            default:
                Assert.True(GoodBooksFiles.ReadBooks(folder.Path).Count > 0);
                break;
        }
    }
}
