using System.IO.Compression;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Torch;
using TorchSharp;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>Trained quality on samples of real data is that of the CPU engine, within the noise of seeds.</summary>
public sealed class RealDataParityTests
{
    private const int SampleUsers = 1_000;

    [Fact]
    public void Gowalla()
    {
        string? folder = Datasets.Find("gowalla");
        Assert.SkipWhen(folder is null, Datasets.Missing("gowalla"));
        AssertSameQuality(Read(Path.Combine(folder!, "train.txt.gz"), line =>
        {
            int[] numbers = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            return numbers[1..].Select(item => (numbers[0], item));
        }));
    }

    [Fact]
    public void GoodBooks()
    {
        string? folder = Datasets.Find("goodbooks-10k");
        Assert.SkipWhen(folder is null, Datasets.Missing("goodbooks-10k"));
        AssertSameQuality(Read(Path.Combine(folder!, "ratings.csv.gz"), line =>
        {
            string[] parts = line.Split(',');
            // Columns book_id, user_id, rating, under a line of names.
            return parts[2] is "4" or "5" ? [(int.Parse(parts[1]) - 1, int.Parse(parts[0]) - 1)] : [];
        }));
    }

    private static void AssertSameQuality(Taste.Interaction[] rows)
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        MLContext ml = new(1);
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(data).Transform(data);
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);
        double[] cpu = [.. Enumerable.Range(1, 3).Select(seed => Quality(null, seed))], torch = [.. Enumerable.Range(1, 3).Select(seed => Quality(TorchEngine.Cpu(), seed))];
        double noise = cpu.Max() - cpu.Min();
        string report = $"NDCG@20 CPU engine {string.Join(", ", cpu)}; TorchSharp {string.Join(", ", torch)}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(noise > 0 && cpu.Min() > 0.005, report);
        Assert.True(Math.Abs(cpu.Average() - torch.Average()) <= noise, report);

        double Quality(TrainingEngine? engine, int seed)
        {
            LightGcnTrainer.Options options = new() { EmbeddingDimension = 16, BatchSize = 2048, EpochCount = 4, LearningRate = 0.02f, Seed = seed, NumberOfThreads = 1, Engine = engine, PropagationPrecision = PropagationPrecision.Float32 };
            LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(split.Train);
            return ml.Ranking.EvaluateTopN(model, split.Test, split.Train, new() { Cutoffs = [20] })[RankingMetric.Ndcg, 20];
        }
    }

    /// <summary>The interactions of the first users.</summary>
    private static Taste.Interaction[] Read(string path, Func<string, IEnumerable<(int User, int Item)>> pairs)
    {
        using StreamReader reader = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        List<Taste.Interaction> rows = [];
        while (reader.ReadLine() is { } line)
        {
            foreach ((int user, int item) in pairs(line).Where(pair => pair.User < SampleUsers))
                rows.Add(new Taste.Interaction { UserId = $"{user}", ItemId = $"{item}" });
        }
        return [.. rows];
    }
}
