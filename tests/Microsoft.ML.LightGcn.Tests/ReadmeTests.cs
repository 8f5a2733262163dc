using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The code of the README compiles, runs, and is the code that stands there.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_first_five_minutes_work_as_written()
    {
        string modelPath = Path.Combine(Directory.CreateTempSubdirectory("readme").FullName, "model.zip");
        Taste.Interaction[] interactions = Rows();

        // README: begin
        MLContext ml = new(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(interactions);   // rows with a UserId and an ItemId
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Fit(data).Transform(data);
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);

        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn("User", "Item").Fit(split.Train, split.Validation);

        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, split.Test, seen: split.Train);
        Console.WriteLine($"NDCG@10 {metrics[RankingMetric.Ndcg, 10]:F4}, hit@10 {metrics[RankingMetric.HitRate, 10]:F4}");

        ml.Model.Save(model, keyed.Schema, modelPath);               // a model file like any other
        ITransformer loaded = ml.Model.Load(modelPath, out _);       // scores as it is, in any process
        LightGcnTransformer fast = ml.Model.GetLightGcn(loaded);     // or faster, with the embeddings at hand
        // README: end

        Assert.InRange(metrics[RankingMetric.HitRate, 10], 0.4, 1);
        Assert.Equal(model.Model.Score(1, 2), fast.Model.Score(1, 2));
        Assert.Equal(fast.Transform(keyed).GetColumn<float>("Score"), loaded.Transform(keyed).GetColumn<float>("Score"));
        Directory.Delete(Path.GetDirectoryName(modelPath)!, recursive: true);
    }

    [Fact]
    public void The_code_is_the_README_s()
    {
        string root = Root(), readme = File.ReadAllText(Path.Combine(root, "README.md")).ReplaceLineEndings("\n");
        string[] lines = File.ReadAllLines(Path.Combine(root, "tests", "Microsoft.ML.LightGcn.Tests", "ReadmeTests.cs"));
        int begin = Array.FindIndex(lines, line => line.Trim() == "// README: begin"), end = Array.FindIndex(lines, line => line.Trim() == "// README: end");
        string code = string.Join('\n', lines[(begin + 1)..end].Select(line => line.Length > 8 ? line[8..] : ""));
        Assert.Contains(code, readme, StringComparison.Ordinal);
    }

    private static Taste.Interaction[] Rows()
    {
        MLContext ml = new(1);
        return [.. ml.Data.CreateEnumerable<Taste.Interaction>(Taste.Create(ml, perUser: 10).TrainRows, reuseRowObject: false)];
    }

    private static string Root()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LightGcn.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not inside the repository.");
        return folder.FullName;
    }
}
