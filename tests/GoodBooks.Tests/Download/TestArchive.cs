using System.IO.Compression;
using LightGcn.Examples;

namespace GoodBooks.Tests.Download;

/// <summary>A small archive in the shape of the authors' release.</summary>
internal static class TestArchive
{
    public static readonly GoodBooksTable[] Tables = [new("ratings.csv", 40_000, 3), new("to_read.csv", 2, 2)];

    private static readonly Lazy<byte[]> Whole = new(() => Make(("goodbooks-10k/ratings.csv", Ratings()), ("goodbooks-10k/to_read.csv", ToRead), ("goodbooks-10k/README.txt", "not for us")));

    public static string ToRead => "user_id,book_id\n1,2\n3,4\n";

    public static byte[] Bytes => [.. Whole.Value];

    public static string Ratings()
    {
        Random random = new(1);
        return "user_id,book_id,rating\n" + string.Concat(Enumerable.Range(1, 40_000).Select(user => $"{user},{random.Next(10_000)},{random.Next(1, 6)}\n"));
    }

    public static byte[] Make(params (string Name, string Text)[] entries)
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string text) in entries)
            {
                using StreamWriter writer = new(archive.CreateEntry(name).Open());
                writer.Write(text);
            }
        }
        return stream.ToArray();
    }
}
