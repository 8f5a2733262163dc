using System.IO.Compression;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace GoodBooks.Tests.Models;

/// <summary>A model file is loaded, or refused for its true cause before it has taken memory.</summary>
public sealed class ModelFileTests : IDisposable
{
    private const int Zeros = 256 << 20;
    private const string Table = "TransformerChain/Transform_002/DefaultMap.idv";

    private readonly TempFolder _folder = new();
    private readonly MLContext _ml = new(1);
    private readonly string _path;

    public ModelFileTests()
    {
        _path = _folder.File("model.zip");
        IDataView rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(n => new Row { User = (uint)(n % 30), Item = (uint)(n * 7 % 20) }));
        _ml.Model.Save(_ml.Ranking.Trainers.Popularity("User", "Item").Fit(rows), rows.Schema, _path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_good_file_is_loaded_from_a_path_and_from_a_stream()
    {
        Assert.Equal(30, _ml.Model.CreateRecommender(ModelFile.Load(_ml, _path)).UserCount);
        using MemoryStream stream = new(File.ReadAllBytes(_path));
        Assert.Equal(30, _ml.Model.CreateRecommender(ModelFile.Load(_ml, stream)).UserCount);
    }

    [Fact]
    public void A_file_of_the_library_s_own_is_mapped_where_it_is_and_copied_from_a_stream()
    {
        string own = _folder.File("model.safetensors");
        _ml.Model.SaveRecommendationModel(ModelFile.Load(_ml, _path), own);
        Assert.Equal(30, _ml.Model.CreateRecommender(ModelFile.Load(_ml, own)).UserCount);
        Recommender copy;
        using (FileStream stream = File.OpenRead(own))
            copy = _ml.Model.CreateRecommender(ModelFile.Load(_ml, stream));
        // Written over in place: what a mapped file would not survive.
        byte[] bytes = File.ReadAllBytes(own);
        IReadOnlyList<ScoredItem> before = copy.Recommend(new Key(1)).Items;
        string other = _folder.File("other.safetensors");
        File.WriteAllBytes(other, new byte[bytes.Length]);
        Assert.Equal(before, copy.Recommend(new Key(1)).Items);
        bytes[^1] ^= 1;
        File.WriteAllBytes(other, bytes);
        Assert.Contains("SHA-256", Assert.Throws<InvalidDataException>(() => ModelFile.Load(_ml, other)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Table, true, "as its header says, found")]
    [InlineData(Table, false, "expected a table as")]
    [InlineData("TransformerChain/Model.key", true, "as its header says, found")]
    [InlineData("Schema", true, "as its header says, found")]
    public void A_part_that_unpacks_to_more_than_it_says_is_refused_unread(string part, bool behind, string reason)
    {
        Change(part, bytes => [.. behind ? bytes : [], .. new byte[Zeros]]);
        Assert.InRange(new FileInfo(_path).Length, 1, 4 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ModelFile.Load(_ml, _path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.StartsWith($"{_path}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{part}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cause_is_said_and_kept()
    {
        // As long as it says, and no assembly has this name.
        Change("TransformerChain/Transform_000/Model.key", bytes => Replaced(bytes, "Microsoft.ML.LightGcn,", "Microsoft.ML.LightGcX,"));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ModelFile.Load(_ml, _path));
        Assert.Contains("Microsoft.ML.LightGcX", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("target of an invocation", error.Message, StringComparison.Ordinal);
        Assert.IsType<FileNotFoundException>(error.GetBaseException());

        File.WriteAllText(_path, "no zip at all");
        error = Assert.Throws<InvalidDataException>(() => ModelFile.Load(_ml, _path));
        Assert.Contains(error.GetBaseException().Message, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.InnerException);
    }

    private void Change(string part, Func<byte[], byte[]> change)
    {
        using ZipArchive archive = ZipFile.Open(_path, ZipArchiveMode.Update);
        ZipArchiveEntry entry = archive.GetEntry(part)!;
        using MemoryStream bytes = new();
        using (Stream content = entry.Open())
            content.CopyTo(bytes);
        entry.Delete();
        using Stream written = archive.CreateEntry(part).Open();
        written.Write(change(bytes.ToArray()));
    }

    private static byte[] Replaced(byte[] bytes, string from, string to)
    {
        foreach (System.Text.Encoding encoding in (System.Text.Encoding[])[System.Text.Encoding.Unicode, System.Text.Encoding.UTF8])
        {
            int at = bytes.AsSpan().IndexOf(encoding.GetBytes(from));
            if (at < 0)
                continue;
            encoding.GetBytes(to).CopyTo(bytes, at);
            return bytes;
        }
        throw new InvalidOperationException($"There is no '{from}'.");
    }

    private sealed class Row
    {
        [KeyType(30)]
        public uint User { get; set; }

        [KeyType(20)]
        public uint Item { get; set; }
    }
}
