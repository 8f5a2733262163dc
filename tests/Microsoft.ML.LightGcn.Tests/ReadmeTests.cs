using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.Recommending;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The code of the README compiles, runs, and is the code that stands there.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void From_a_file_to_a_list_works_as_written()
    {
        using Folder folder = new();
        (string csvPath, string modelPath) = (folder.Ratings(), Path.Combine(folder.Path, "model.safetensors"));

        // README: begin
        MLContext ml = new(seed: 1);
        IDataView ratings = ml.Data.LoadFromTextFile<Rating>(csvPath, hasHeader: true, separatorChar: ',');
        IDataView likes = ml.Data.FilterRowsByColumn(ratings, "Stars", lowerBound: 4);
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "MovieId")).Fit(likes).Transform(likes);
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);

        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn("User", "Item").Fit(split.Train);
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, split.Test, seen: split.Train);

        ml.Model.SaveRecommendationModel(model, modelPath);
        Recommender recommender = ml.Model.CreateRecommender(ml.Model.LoadRecommendationModel(modelPath));
        Recommendations top = recommender.Recommend(42);
        // README: end

        Assert.InRange(metrics[RankingMetric.HitRate, 10], 0.2, 1);
        Assert.Equal((10, RecommendationSource.KnownUser), (top.Items.Count, top.Source));
    }

    [Fact]
    public void Getting_started_works_as_written()
    {
        using Folder folder = new();
        (string csvPath, string modelPath) = (folder.Ratings(), Path.Combine(folder.Path, "model.safetensors"));
        MLContext ml = new(seed: 1);

        // GETTING-STARTED: begin
        IDataView ratings = ml.Data.LoadFromTextFile<Rating>(csvPath, hasHeader: true, separatorChar: ',');
        // GETTING-STARTED: end
        // GETTING-STARTED: begin
        IDataView likes = ml.Data.FilterRowsByColumn(ratings, "Stars", lowerBound: 4);
        // GETTING-STARTED: end
        // GETTING-STARTED: begin
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "MovieId"))
            .Fit(likes).Transform(likes);
        // GETTING-STARTED: end
        // GETTING-STARTED: begin
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn("User", "Item").Fit(split.Train);
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, split.Test, seen: split.Train);
        Console.WriteLine($"hit@10 {metrics[RankingMetric.HitRate, 10]:F3}, NDCG@10 {metrics[RankingMetric.Ndcg, 10]:F3}");
        // GETTING-STARTED: end
        // GETTING-STARTED: begin
        PopularityTransformer popular = ml.Ranking.Trainers.Popularity("User", "Item").Fit(split.Train);
        TopNMetrics least = ml.Ranking.EvaluateTopN(popular, split.Test, seen: split.Train);
        // GETTING-STARTED: end
        // GETTING-STARTED: begin
        ml.Log += (_, line) => { if (line.Source.StartsWith("LightGcn", StringComparison.Ordinal)) Console.WriteLine(line.RawMessage); };
        // GETTING-STARTED: end
        // GETTING-STARTED: begin
        ml.Model.SaveRecommendationModel(model, modelPath);
        Recommender recommender = ml.Model.CreateRecommender(ml.Model.LoadRecommendationModel(modelPath));
        Recommendations top = recommender.Recommend(42);                 // a user of the data
        foreach (ScoredItem item in top.Items)
            Console.WriteLine($"{item.Id} {item.Score:F2}");
        IReadOnlyList<ScoredItem> alike = recommender.SimilarItems(1);   // films like film 1
        Recommendations forNew = recommender.RecommendToNewUser(recommender.GetItems(1, 7));   // somebody new who likes films 1 and 7
        // GETTING-STARTED: end

        Assert.True(metrics[RankingMetric.HitRate, 10] > least[RankingMetric.HitRate, 10]);
        Assert.Equal((10, 10), (alike.Count, forNew.Items.Count));
        Assert.Equal(RecommendationSource.FoldIn, forNew.Source);
    }

    [Fact]
    public void Training_and_evaluating_work_as_written()
    {
        MLContext ml = new(1);
        IDataView keyed = Taste.Create(ml, perUser: 10).Train;
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);

        // TRAIN: begin
        LightGcnTrainer.Options options = new()
        {
            EpochCount = 4,                 // more for embeddings alone; beside the weights from item to item it says little
            EmbeddingDimension = 112,       // larger files, longer training, and a little better with much data
            Seed = 1,                       // the same seed and data give the same bits
        };
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(split.Train, split.Validation);
        // TRAIN: end

        // What the page shows are the defaults.
        LightGcnTrainer.Options defaults = new();
        Assert.Equal((defaults.EpochCount, defaults.EmbeddingDimension), (options.EpochCount, options.EmbeddingDimension));

        // EVALUATE: begin
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, split.Test, seen: split.Train, new TopNEvaluationOptions { Cutoffs = [10, 20] });
        double ndcg = metrics[RankingMetric.Ndcg, 10];
        (double low, double high) = metrics.ConfidenceInterval(RankingMetric.Ndcg, 10);
        // EVALUATE: end

        Assert.InRange(ndcg, low, high);
        Assert.InRange(ndcg, 0.2, 1);
    }

    [Fact]
    public void The_first_five_minutes_work_as_written()
    {
        string modelPath = Path.Combine(Directory.CreateTempSubdirectory("readme").FullName, "model.zip");
        Taste.Interaction[] interactions = Rows();

        // PIPELINE: begin
        MLContext ml = new(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(interactions);   // rows with a UserId and an ItemId
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Fit(data).Transform(data);
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);

        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn("User", "Item").Fit(split.Train, split.Validation);

        ml.Model.Save(model, keyed.Schema, modelPath);               // a model file like any other
        ITransformer loaded = ml.Model.Load(modelPath, out _);       // scores as it is, where this assembly is
        LightGcnTransformer fast = ml.Model.GetLightGcn(loaded);     // or faster, with the embeddings at hand
        // PIPELINE: end

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
        // RECOMMEND: begin
        Recommender recommender = ml.Model.CreateRecommender(loaded);  // thread-safe: one for the whole application
        Recommendations top = recommender.Recommend("u7");             // a known user, or what is popular: top.Source says which
        ItemSet liked = recommender.GetItems("i3", "i12");
        Recommendations fresh = recommender.RecommendToNewUser(liked); // exact, and no training
        Explanation why = recommender.ExplainToNewUser(liked, fresh.Items[0].Key);
        IReadOnlyList<ScoredItem> alike = recommender.SimilarItems("i3");
        recommender.SaveRecommendationsAsCsv(topPath);                 // every user
        // RECOMMEND: end
#pragma warning restore xUnit1051

        Assert.Equal(RecommendationSource.KnownUser, top.Source);
        Assert.Equal(RecommendationSource.FoldIn, fresh.Source);
        Assert.Equal(["i12", "i3"], why.History.Select(item => item.Id).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(alike, item => item.Id == "i3");
        Assert.Equal(1 + 60 * 10, File.ReadAllLines(topPath).Length);
        Directory.Delete(Path.GetDirectoryName(topPath)!, recursive: true);
    }

    [Fact]
    public void Files_lists_and_samples_work_as_written()
    {
        using Folder folder = new();
        MLContext ml = new(1);
        InteractionSplit split = ml.Data.LeaveOneOutSplit(Taste.Create(ml, perUser: 10).Train);
        (IDataView train, IDataView test) = (split.Train, split.Test);
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(train);
        string modelPath = Path.Combine(folder.Path, "model.safetensors"), listsFolder = Path.Combine(folder.Path, "lists"), parquetFolder = Path.Combine(folder.Path, "parquet");
        string newUsersPath = Path.Combine(folder.Path, "for-new-users.onnx"), usersPath = Path.Combine(folder.Path, "for-users.onnx");

        // OWN-FILE: begin
        ml.Model.SaveRecommendationModel(model, modelPath);   // model.safetensors, say
        ITransformer opened = ml.Model.LoadRecommendationModel(modelPath);
        Recommender recommender = ml.Model.CreateRecommender(opened);   // ids go in and come out as they are: no pipeline is needed
        // OWN-FILE: end
        Assert.Equal(10, recommender.Recommend("u7").Items.Count);

#pragma warning disable xUnit1051 // The page shows the shortest call.
        // LISTS: begin
        recommender.SaveRecommendationsAsCsvFiles(listsFolder);         // part-000000.csv, part-000001.csv, ...
        recommender.SaveRecommendationsAsParquetFiles(parquetFolder);   // with Microsoft.ML.LightGcn.Parquet
        // LISTS: end
#pragma warning restore xUnit1051
        Assert.True(File.Exists(Path.Combine(listsFolder, "part-000000.csv")) && File.Exists(Path.Combine(parquetFolder, "part-000000.parquet")));

        // LISTS: begin
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, test, seen: train, new TopNEvaluationOptions { UserCount = 20_000, Seed = 1 });
        (double low, double high) = metrics.ConfidenceInterval(RankingMetric.Ndcg, 10);   // what the sample leaves open
        // LISTS: end
        Assert.InRange(metrics[RankingMetric.Ndcg, 10], low, high);

        // ONNX: begin
        ml.Model.SaveAsOnnx(model, newUsersPath);                   // from the items that somebody chose
        ml.Model.SaveAsOnnx(model, usersPath, OnnxInput.User);      // from the index of a user of the data
        // ONNX: end
        Assert.All((string[])[newUsersPath, usersPath], path => Assert.NotEqual(0, new FileInfo(path).Length));
    }

    [Fact]
    public void Resuming_and_continuing_work_as_written()
    {
        using Folder temporary = new();
        string folder = Path.Combine(temporary.Path, "run-7"), modelPath = Path.Combine(temporary.Path, "model.zip");
        CancellationToken token = TestContext.Current.CancellationToken;
        MLContext ml = new(1);
        IDataView rows = ml.Data.LoadFromEnumerable(Rows());
        var keys = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"));
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keys.Fit(rows).Transform(rows));
        (IDataView train, IDataView validation) = (split.Train, split.Validation);

        // RESUME: begin
        var options = new LightGcnTrainer.Options
        {
            Seed = 1,
            Checkpoints = new TrainingCheckpoints(folder) { EpochInterval = 1, TimeInterval = TimeSpan.FromMinutes(10) },
            CancellationToken = token,
        };
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(train, validation);
        // RESUME: end
        Assert.NotEmpty(Directory.GetFiles(folder));

        ml.Model.Save(model, train.Schema, modelPath);
        options.Checkpoints = null;
        LightGcnTrainer trainer = ml.Ranking.Trainers.LightGcn(options);
        // RESUME: begin
        LightGcnModelParameters yesterday = ml.Model.GetLightGcn(ml.Model.Load(modelPath, out _)).Model;
        IDataView all = keys.Fit(rows).Transform(rows);          // old and new interactions, keys of their own
        LightGcnTransformer today = trainer.Fit(all, yesterday);
        // RESUME: end
        Assert.NotEqual(yesterday.UserEmbeddings.ToArray(), today.Model.UserEmbeddings.ToArray());

        (IDataView data, ITransformer loaded) = (rows, today);
        // KEYS: begin
        IDataView keyedAgain = ml.Transforms.Conversion.MapValueToKey("User", "UserId", keyData: ml.Model.GetUserKeyData(loaded))
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId", keyData: ml.Model.GetItemKeyData(loaded)))
            .Fit(data).Transform(data);
        // KEYS: end
        Assert.Equal(all.GetColumn<uint>("User"), keyedAgain.GetColumn<uint>("User"));
    }

    [Fact]
    public void Content_works_as_written()
    {
        MLContext ml = new(1);
        IDataView tags = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(item => new { ItemId = $"i{item}", Tag = $"tag {item % 4}" }).ToArray());

        var hybrid = new LightGcnTrainer.Options { Relations = [GraphRelation.ItemAttribute("tags", tags, "ItemId", "Tag")] };

        (hybrid.EmbeddingDimension, hybrid.EpochCount) = (16, 1);
        Recommender recommender = ml.Model.CreateRecommender(ml.Ranking.Trainers.LightGcn(hybrid).Fit(Taste.Create(ml).Train));
        Assert.Equal("tag 3", Assert.Single(recommender.Explain("u3", "i7").ItemAttributes).Name);
    }

    [Theory]
    [InlineData("README.md", "README", 1)]
    [InlineData("PACKAGE.md", "README", 1)]
    [InlineData("docs/getting-started.md", "GETTING-STARTED", 7)]
    [InlineData("docs/train.md", "TRAIN", 1)]
    [InlineData("docs/evaluate.md", "EVALUATE", 1)]
    [InlineData("docs/recommend.md", "RECOMMEND", 1)]
    [InlineData("docs/recommend.md", "KEYS", 1)]
    [InlineData("docs/recommend.md", "ONNX", 1)]
    [InlineData("docs/model-file.md", "PIPELINE", 1)]
    [InlineData("docs/model-file.md", "OWN-FILE", 1)]
    [InlineData("docs/large-data.md", "LISTS", 2)]
    [InlineData("docs/resume.md", "RESUME", 2)]
    public void The_code_is_the_page_s(string page, string name, int parts) => ShownCode.AssertIn(page, "ReadmeTests.cs", name, parts);

    [Fact]
    public void The_README_is_no_longer_than_a_front_door() =>
        Assert.InRange(File.ReadLines(Path.Combine(ShownCode.Root(), "README.md")).Count(), 60, 130);

    private static Taste.Interaction[] Rows()
    {
        MLContext ml = new(1);
        return [.. ml.Data.CreateEnumerable<Taste.Interaction>(Taste.Create(ml, perUser: 10).TrainRows, reuseRowObject: false)];
    }

    /// <summary>Ratings of three tastes.</summary>
    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("readme").FullName;

        public string Ratings()
        {
            Random random = new(3);
            string path = System.IO.Path.Combine(Path, "ratings.csv");
            File.WriteAllLines(path, Enumerable.Range(0, 9000).Select(n => (User: n % 300, Film: random.Next(150)))
                .Select(pair => FormattableString.Invariant($"{pair.User + 1},{pair.Film + 1},{(pair.Film % 3 == pair.User % 3 ? 4.5 : 2.0):F1},964982703"))
                .Prepend("userId,movieId,rating,timestamp"));
            return path;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    private sealed class Rating
    {
        [LoadColumn(0)]
        public int UserId { get; set; }

        [LoadColumn(1)]
        public int MovieId { get; set; }

        [LoadColumn(2)]
        public float Stars { get; set; }
    }
}
