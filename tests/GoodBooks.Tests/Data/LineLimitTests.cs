using System.IO.Compression;
using System.Text;
using LightGcn.Examples;

namespace GoodBooks.Tests.Data;

public sealed class LineLimitTests
{
    [Theory]
    [InlineData("12345\n1234\n\n12345", true)]
    [InlineData("12345\n123456\n1", false)]
    [InlineData("123456", false)]
    public void Lines_up_to_the_limit_pass(string text, bool passes)
    {
        // Bytes in any pieces.
        foreach (int size in (int[])[1, 2, 3, 100])
        {
            using LineLimitStream stream = new(new MemoryStream(Encoding.ASCII.GetBytes(text)), limit: 5);
            if (passes)
                Assert.Equal(text, Read(stream, size));
            else
                Assert.Contains("lines of at most 5 bytes", Assert.Throws<InvalidDataException>(() => Read(stream, size)).Message, StringComparison.Ordinal);
        }

        static string Read(Stream stream, int size)
        {
            StringBuilder read = new();
            byte[] buffer = new byte[size];
            for (int count; (count = stream.Read(buffer)) > 0;)
                read.Append(Encoding.ASCII.GetString(buffer, 0, count));
            return read.ToString();
        }
    }

    [Fact]
    public void A_small_file_that_unpacks_to_one_long_line_is_refused_and_takes_no_memory()
    {
        using TempFolder folder = new();
        using (GZipStream gzip = new(File.Create(folder.File("ratings.csv.gz")), CompressionLevel.Fastest))
        {
            gzip.Write("user_id,book_id,rating\n"u8);
            for (int megabyte = 0; megabyte < 128; megabyte++)
                gzip.Write(new byte[1 << 20]);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<InvalidDataException>(() => GoodBooksFiles.ReadRatings(folder.Path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
        Assert.StartsWith("ratings.csv.gz: ", message, StringComparison.Ordinal);
        Assert.Contains("lines of at most", message, StringComparison.Ordinal);
    }
}
