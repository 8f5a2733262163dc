using System.Globalization;
using System.IO.Compression;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The likes (ratings of 4 and more) of MovieLens ml-latest-small, in order of time.</summary>
internal static class MovieLens
{
    public static Like[] Read(string folder)
    {
        using StreamReader reader = new(new GZipStream(File.OpenRead(Path.Combine(folder, "ratings.csv.gz")), CompressionMode.Decompress));
        if (reader.ReadLine() != "userId,movieId,rating,timestamp")
            throw new InvalidDataException("ratings.csv.gz: expected the columns userId,movieId,rating,timestamp.");
        List<Like> likes = [];
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(',');
            if (double.Parse(fields[2], CultureInfo.InvariantCulture) >= 4)
                likes.Add(new Like { UserId = int.Parse(fields[0], CultureInfo.InvariantCulture), ItemId = int.Parse(fields[1], CultureInfo.InvariantCulture), Time = long.Parse(fields[3], CultureInfo.InvariantCulture) });
        }
        // A stable order: equal times stay as the file has them.
        return [.. likes.OrderBy(like => like.Time)];
    }

    internal sealed class Like
    {
        public int UserId { get; set; }

        public int ItemId { get; set; }

        public long Time { get; set; }
    }
}
