using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.MLNet.Data;
using Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

namespace Microsoft.ML.LightGcn.Tests.Recommending;

/// <summary>A recommender of a model that has been through a file, and recommendations as a step of a pipeline.</summary>
public sealed class SavedRecommenderTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("recommender").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_loaded_model_recommends_the_same()
    {
        (ITransformer pipeline, Taste data) = Fit();
        ITransformer loaded = Reload(pipeline, data.TrainRows.Schema);
        Recommender before = _ml.Model.CreateRecommender(pipeline), after = _ml.Model.CreateRecommender(loaded), restored = _ml.Model.CreateRecommender(_ml.Model.RestoreLightGcn(loaded), new RecommendationOptions { Count = 3 });
        Assert.True(after.HasHistory);
        BipartiteGraph history = _ml.Model.GetLightGcn(pipeline).Model.History!, read = _ml.Model.GetLightGcn(loaded).Model.History!;
        Assert.Equal(history.ByUser.Offsets, read.ByUser.Offsets);
        Assert.Equal(history.ByUser.Indices, read.ByUser.Indices);
        Assert.Equal(history.ByItem.Offsets, read.ByItem.Offsets);
        Assert.Equal(history.ByItem.Indices, read.ByItem.Indices);
        for (int user = 0; user < 60; user++)
        {
            string id = $"u{user}", item = $"i{user % 40}";
            Assert.Equal(before.Recommend(id).Items, after.Recommend(id).Items);
            Assert.Equal(before.Recommend(id).Items.Take(3), restored.Recommend(id).Items);
            Assert.Equal(before.RecommendToNewUser(before.GetItems(item, "i1")).Items, after.RecommendToNewUser(after.GetItems(item, "i1")).Items);
            Assert.Equal(before.Explain(id, item).History, after.Explain(id, item).History);
        }
        Assert.Equal(before.Recommend("nobody").Items, after.Recommend("nobody").Items);
    }

    [Fact]
    public async Task A_fresh_process_recommends_the_same_from_the_file_alone()
    {
        (ITransformer pipeline, Taste data) = Fit();
        Reload(pipeline, data.TrainRows.Schema);
        Recommender recommender = _ml.Model.CreateRecommender(pipeline);
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "FreshRecommender.dll"), ModelPath, "u7", "i3", "i12"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        Recommendations known = recommender.Recommend("u7"), folded = recommender.RecommendToNewUser(recommender.GetItems("i3", "i12"));
        Assert.Equal(
            [$"KnownUser {string.Join(' ', known.Items)}", $"FoldIn {string.Join(' ', folded.Items)}", string.Join(' ', recommender.Explain("u7", known.Items[0].Id).History)],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <summary>Standard output is written to where the process stands in it, be it a pipe or a file, and never replaced.</summary>
    [Theory]
    [InlineData("/dev/stdout")]
    [InlineData("/dev/fd/1")]
    [InlineData("link")]
    public async Task Lists_go_to_standard_output(string path)
    {
        Assert.SkipUnless(File.Exists("/bin/sh") && Path.Exists("/dev/fd"), "There is no /bin/sh or no /dev/fd.");
        (ITransformer pipeline, Taste data) = Fit();
        Reload(pipeline, data.TrainRows.Schema);
        string folder = Directory.CreateTempSubdirectory("stdout").FullName, list = Path.Combine(folder, "list.csv"), link = Path.Combine(folder, "link");
        FileSystem.Link(link, "/dev/stdout");
        _ml.Model.CreateRecommender(pipeline).SaveRecommendationsAsCsv(list, cancellationToken: TestContext.Current.CancellationToken);
        string expected = await File.ReadAllTextAsync(list, TestContext.Current.CancellationToken) + "written\n";
        string run = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "FreshRecommender.dll")}' '{ModelPath}' '{(path == "link" ? link : path)}'";
        foreach (string command in (string[])[$"{run} | cat > '{folder}/out'", $"{{ echo before; {run}; }} > '{folder}/out'"])
        {
            using Process process = Process.Start("/bin/sh", ["-c", command]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            string found = await File.ReadAllTextAsync($"{folder}/out", TestContext.Current.CancellationToken);
            Assert.Equal(command.Contains("before", StringComparison.Ordinal) ? "before\n" + expected : expected, found);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_model_without_history_is_smaller_and_loads_as_one_without()
    {
        (ITransformer with, Taste data) = Fit(options => options.Neighbourhood = null);
        Reload(with, data.TrainRows.Schema);
        long size = new FileInfo(ModelPath).Length;
        (ITransformer without, _) = Fit(options => (options.KeepHistory, options.Neighbourhood) = (false, null));
        ITransformer loaded = Reload(without, data.TrainRows.Schema);
        Assert.True(new FileInfo(ModelPath).Length < size);
        Assert.Null(_ml.Model.GetLightGcn(loaded).Model.History);
        Assert.Throws<InvalidOperationException>(() => _ml.Model.CreateRecommender(loaded).Recommend("u1"));
        // Its state is that of files from before there were histories, so those still load.
        ITransformer saved = ((IEnumerable<ITransformer>)loaded).Last();
        Assert.DoesNotContain("Interactions", new SavedChain.Reader(saved).ReadState(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_step_adds_the_items_and_their_scores_and_is_saved_like_any_other()
    {
        (ITransformer keysAndModel, Taste data) = Fit();
        Recommender recommender = _ml.Model.CreateRecommender(keysAndModel);
        IDataView users = _ml.Data.LoadFromEnumerable([new Person("u3"), new Person("nobody"), new Person("u0")]);
        IEstimator<ITransformer> steps = _ml.Transforms.RecommendItems(recommender, options: new RecommendationOptions { Count = 4 })
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Ids", "RecommendedItems"));
        ITransformer keys = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Fit(data.TrainRows);
        ITransformer fitted = new TransformerChain<ITransformer>(keys, steps.Fit(keys.Transform(users)));
        ITransformer loaded = Reload(fitted, users.Schema);
        foreach (ITransformer pipeline in (ITransformer[])[fitted, loaded])
        {
            IDataView result = pipeline.Transform(users);
            Assert.Equal(new VectorDataViewType(new KeyDataViewType(typeof(uint), 40)), result.Schema["RecommendedItems"].Type);
            Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), result.Schema["RecommendedScores"].Type);
            Assert.Equal(new VectorDataViewType(TextDataViewType.Instance), result.Schema["Ids"].Type);
            List[] rows = [.. _ml.Data.CreateEnumerable<List>(result, reuseRowObject: false)];
            Assert.Empty(rows[1].Ids);
            Assert.Empty(rows[1].RecommendedScores);
            foreach (int row in (int[])[0, 2])
            {
                ScoredItem[] expected = [.. recommender.Recommend(row == 0 ? "u3" : "u0", new RecommendationOptions { Count = 4 }).Items];
                Assert.Equal(expected.Select(item => item.Id), rows[row].Ids);
                Assert.Equal(expected.Select(item => item.Score), rows[row].RecommendedScores);
            }
            using PredictionEngine<Person, List> engine = _ml.Model.CreatePredictionEngine<Person, List>(pipeline);
            Assert.Equal(rows[0].Ids, engine.Predict(new Person("u3")).Ids);
        }
    }

    [Fact]
    public void The_step_promises_what_it_gives_and_refuses_other_columns()
    {
        (ITransformer pipeline, Taste data) = Fit();
        Recommender recommender = _ml.Model.CreateRecommender(pipeline);
        RecommendedItemsEstimator step = _ml.Transforms.RecommendItems(recommender, "Items", "Scores");
        SchemaShape promised = step.GetOutputSchema(KeyColumns.ShapeOf(data.Train)), real = KeyColumns.ShapeOf(step.Fit(data.Train).Transform(data.Train));
        Assert.Equal(real.Select(EstimatorContractTests.Describe).Order(), promised.Select(EstimatorContractTests.Describe).Order());

        Assert.Contains("Could not find user column 'User'", Assert.Throws<ArgumentOutOfRangeException>(() => step.Fit(data.TrainRows)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => step.GetOutputSchema(KeyColumns.ShapeOf(data.TrainRows)));
        IDataView other = KeyRows.Create(_ml, 61, 40, [(0, 0)]);
        Assert.Contains("expected Key<UInt32, 0-59>, got Key<UInt32, 0-60>", Assert.Throws<ArgumentOutOfRangeException>(() => step.Fit(other)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.RecommendItems(recommender, options: new RecommendationOptions { Count = 0 }));
    }

    private string ModelPath => Path.Combine(_folder, "model.zip");

    private (ITransformer Pipeline, Taste Data) Fit(Action<LightGcnTrainer.Options>? change = null)
    {
        Taste data = Taste.Create(_ml);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        change?.Invoke(options);
        return (_ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Append(_ml.Ranking.Trainers.LightGcn(options)).Fit(data.TrainRows), data);
    }

    private ITransformer Reload(ITransformer model, DataViewSchema schema)
    {
        _ml.Model.Save(model, schema, ModelPath);
        return new MLContext().Model.Load(ModelPath, out _);
    }

    private sealed class Person
    {
        public Person()
        {
        }

        public Person(string id) => UserId = id;

        public string UserId { get; set; } = "";
    }

    private sealed class List
    {
        public string[] Ids { get; set; } = [];

        public float[] RecommendedScores { get; set; } = [];
    }
}
