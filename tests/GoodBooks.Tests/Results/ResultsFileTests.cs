using System.Text.Json;
using LightGcn.Examples;

namespace GoodBooks.Tests.Results;

public sealed class ResultsFileTests
{
    internal static readonly ResultsFile Example = new(
        new(49_678, 9_999, 1_551_430, 1_452_074, 49_678, 49_678),
        [
            new("popularity", new() { ["hit@10"] = 0.0129, ["recall@10"] = 0.0129, ["ndcg@10"] = 0.0061 }, 0, 1.5, 300L << 20),
            new("LightGCN [64]", new() { ["hit@10"] = 0.12, ["recall@10"] = 0.12, ["ndcg@10"] = 0.07 }, 312.28, 2.5, 5L << 30),
        ]);

    [Fact]
    public void What_is_written_is_read_back_metrics_in_their_order()
    {
        using TempFolder folder = new();
        string path = folder.File("run/metrics.json");
        Example.Write(path);
        ResultsFile read = ResultsFile.Read(path);
        Assert.Equal(Example.Data, read.Data);
        Assert.Equal(Example.Models.Count, read.Models.Count);
        foreach ((ModelResult expected, ModelResult found) in Example.Models.Zip(read.Models))
        {
            Assert.Equal(expected with { Metrics = found.Metrics }, found);
            Assert.Equal(expected.Metrics.ToArray(), found.Metrics.ToArray());
        }
        Assert.Equal([path], Directory.GetFiles(folder.File("run")));
    }

    [Fact]
    public void The_schema_is_the_documented_one()
    {
        using TempFolder folder = new();
        string path = folder.File("metrics.json");
        Example.Write(path);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement root = json.RootElement;
        Assert.Equal(["data", "models"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["users", "items", "interactions", "train", "validation", "test"], root.GetProperty("data").EnumerateObject().Select(p => p.Name));
        JsonElement model = root.GetProperty("models")[1];
        Assert.Equal(["name", "metrics", "trainSeconds", "evaluationSeconds", "peakMemoryBytes"], model.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["hit@10", "recall@10", "ndcg@10"], model.GetProperty("metrics").EnumerateObject().Select(p => p.Name));
        Assert.Equal(5_368_709_120, model.GetProperty("peakMemoryBytes").GetInt64());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"data\": null, \"models\": []}")]
    [InlineData("{\"data\": {\"users\": 1, \"items\": 1, \"interactions\": 1, \"train\": 1, \"validation\": 0}, \"models\": []}")]
    [InlineData("{\"data\": {\"users\": 1, \"items\": 1, \"interactions\": 1, \"train\": 1, \"validation\": 0, \"test\": \"x\"}, \"models\": []}")]
    public void Another_schema_is_refused_by_name(string text)
    {
        using TempFolder folder = new TempFolder().With("metrics.json", text);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ResultsFile.Read(folder.File("metrics.json")));
        Assert.StartsWith("metrics.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_no_other()
    {
        using TempFolder folder = new();
        string path = folder.File("metrics.json");
        Example.Write(path);
        string before = File.ReadAllText(path);
        ResultsFile bad = Example with { Models = [Example.Models[0] with { TrainSeconds = double.NaN }] };
        Assert.Throws<ArgumentException>(() => bad.Write(path));
        Assert.Equal(before, File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_configuration_is_written_with_enumerations_by_name()
    {
        using TempFolder folder = new();
        string path = folder.File("config.json");
        ConfigFile.Write(path, new { EmbeddingDimension = 64, LearningRate = 2e-3, Source = PositiveSource.ToRead, Limit = double.PositiveInfinity });
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(64, json.RootElement.GetProperty("embeddingDimension").GetInt32());
        Assert.Equal(0.002, json.RootElement.GetProperty("learningRate").GetDouble());
        Assert.Equal("toRead", json.RootElement.GetProperty("source").GetString());
    }

    [Fact]
    public void Peak_memory_is_at_least_what_is_in_use_and_never_falls()
    {
        long before = PeakMemory.Bytes();
        Assert.True(before > 10 << 20, $"{before} bytes");
        byte[] block = new byte[64 << 20];
        block.AsSpan().Fill(1);
        long after = PeakMemory.Bytes();
        Assert.True(after >= before, $"{after} after {before} bytes");
        Assert.True(after > 64 << 20, $"{after} bytes");
        GC.KeepAlive(block);
    }

    [Fact]
    public void Peak_memory_is_found_in_the_status_of_a_linux_process()
    {
        Assert.Equal(5120 * 1024, PeakMemory.OfStatus(["VmPeak:\t  9999 kB", "VmHWM:\t    5120 kB", "VmRSS:\t    4000 kB"]));
        Assert.Equal(0, PeakMemory.OfStatus(["VmPeak:\t  9999 kB"]));
    }
}
