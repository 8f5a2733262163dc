using System.IO.Compression;
using System.Text;
using LightGcn.Testing;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard.Tests;

/// <summary>The reader of split files, on damaged copies, plain and gzip.</summary>
public sealed class SplitFuzzTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_small_file_that_unpacks_to_one_long_line_is_refused()
    {
        using (GZipStream gzip = new(File.Create(Path.Combine(_folder, "train.txt.gz")), CompressionLevel.Fastest))
        {
            gzip.Write("0 1 2\n"u8);
            for (int megabyte = 0; megabyte < 64; megabyte++)
                gzip.Write(new byte[1 << 20]);
        }
        File.WriteAllText(Path.Combine(_folder, "test.txt"), "0 3\n");
        string message = Assert.Throws<InvalidDataException>(() => SplitFiles.Read(_folder)).Message;
        Assert.StartsWith("train.txt.gz, after line 1: expected lines of at most ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train.txt")]
    [InlineData("valid.txt")]
    [InlineData("test.txt")]
    public void Damaged_files_are_read_or_refused(string file)
    {
        const string text = "0 1 2 5\n1 3\n2 0 4 5\n";
        foreach (string part in (string[])["train.txt", "valid.txt", "test.txt"])
            File.WriteAllText(Path.Combine(_folder, part), text);
        MLContext ml = new(1);
        byte[] valid = Encoding.ASCII.GetBytes(text);
        ByteFuzz fuzz = new(seed: 1);
        fuzz.Run(400, fuzz => fuzz.Damage(valid), bytes => Read(file, bytes), typeof(InvalidDataException));
        Assert.InRange(fuzz.RefusedCount, 50, 390);

        File.Delete(Path.Combine(_folder, file));
        byte[] whole = ByteFuzz.Gzip(valid);
        fuzz.Run(300, fuzz => fuzz.Damage(whole), bytes => Read(file + ".gz", bytes), typeof(InvalidDataException));

        void Read(string name, byte[] bytes)
        {
            File.WriteAllBytes(Path.Combine(_folder, name), bytes);
            InteractionSplit split = SplitFiles.Read(_folder);
            Assert.True(split.Train.GetRowCount() > 0 && split.Test.GetRowCount() > 0);
        }
    }
}
