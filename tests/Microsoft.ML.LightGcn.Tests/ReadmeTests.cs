using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.Recommending;

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
        ITransformer loaded = ml.Model.Load(modelPath, out _);       // scores as it is, where this assembly is
        LightGcnTransformer fast = ml.Model.GetLightGcn(loaded);     // or faster, with the embeddings at hand
        // README: end

        Assert.InRange(metrics[RankingMetric.HitRate, 10], 0.4, 1);
        Assert.Equal(model.Model.Score(1, 2), fast.Model.Score(1, 2));
        Assert.Equal(fast.Transform(keyed).GetColumn<float>("Score"), loaded.Transform(keyed).GetColumn<float>("Score"));
        Directory.Delete(Path.GetDirectoryName(modelPath)!, recursive: true);
    }

    [Fact]
    public void Recommending_works_as_written()
    {
        Recommending.Fitted fitted = new();
        MLContext ml = fitted.Context;
        ITransformer loaded = fitted.Transformer;
        string topPath = Path.Combine(Directory.CreateTempSubdirectory("readme").FullName, "top.csv");

#pragma warning disable xUnit1051 // The README shows the shortest call.
        // README: begin
        Recommender recommender = ml.Model.CreateRecommender(loaded);  // thread-safe: one for the whole application
        Recommendations top = recommender.Recommend("u7");             // a known user, or what is popular: top.Source says which
        ItemSet liked = recommender.GetItems("i3", "i12");
        Recommendations fresh = recommender.RecommendToNewUser(liked); // exact, and no training
        Explanation why = recommender.ExplainToNewUser(liked, fresh.Items[0].Key);
        IReadOnlyList<ScoredItem> alike = recommender.SimilarItems("i3");
        recommender.SaveRecommendationsAsCsv(topPath);                 // every user
        // README: end
#pragma warning restore xUnit1051

        Assert.Equal(RecommendationSource.KnownUser, top.Source);
        Assert.Equal(RecommendationSource.FoldIn, fresh.Source);
        Assert.Equal(["i12", "i3"], why.History.Select(item => item.Id).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(alike, item => item.Id == "i3");
        Assert.Equal(1 + 60 * 10, File.ReadAllLines(topPath).Length);
        Directory.Delete(Path.GetDirectoryName(topPath)!, recursive: true);
    }

    [Fact]
    public void Content_works_as_written()
    {
        MLContext ml = new(1);
        IDataView tags = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(item => new { ItemId = $"i{item}", Tag = $"tag {item % 4}" }).ToArray());

        // README: begin
        var hybrid = new LightGcnTrainer.Options { Relations = [GraphRelation.ItemAttribute("tags", tags, "ItemId", "Tag")] };
        // README: end

        (hybrid.EmbeddingDimension, hybrid.EpochCount) = (16, 1);
        Recommender recommender = ml.Model.CreateRecommender(ml.Ranking.Trainers.LightGcn(hybrid).Fit(Taste.Create(ml).Train));
        Assert.Equal("tag 3", Assert.Single(recommender.Explain("u3", "i7").ItemAttributes).Name);
    }

    [Fact]
    public void The_code_is_the_README_s() => ShownCode.AssertIn("README.md", "ReadmeTests.cs", "README", parts: 3);

    private static Taste.Interaction[] Rows()
    {
        MLContext ml = new(1);
        return [.. ml.Data.CreateEnumerable<Taste.Interaction>(Taste.Create(ml, perUser: 10).TrainRows, reuseRowObject: false)];
    }
}
