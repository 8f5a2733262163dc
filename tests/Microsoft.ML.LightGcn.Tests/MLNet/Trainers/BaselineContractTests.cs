using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>What holds for every baseline: options and columns are checked, pipelines work and survive a file.</summary>
public sealed class BaselineContractTests
{
    private static readonly MLContext Ml = new(1);

    public static TheoryData<string, Action<RankingCatalog.RankingTrainers>> BadOptions() => new()
    {
        { "Option UserColumnName: expected the name of a column, found null.", t => t.Popularity(null!) },
        { "Option ItemColumnName: expected the name of a column, found an empty string.", t => t.Popularity("User", "") },
        { "Option ItemColumnName: expected a column other than the user column, found 'User' for both.", t => t.Popularity("User", "User") },
        { "Option UserColumnName: expected the name of a column, found null.", t => t.ItemKnn(new ItemKnnTrainer.Options { UserColumnName = null! }) },
        { "Option ItemColumnName: expected the name of a column, found null.", t => t.ItemKnn(new ItemKnnTrainer.Options { ItemColumnName = null! }) },
        { "Option NeighbourCount: expected at least 0, found -1.", t => t.ItemKnn(neighbourCount: -1) },
        { "Option Shrinkage: expected 0 to 1,000,000, found -0.5.", t => t.ItemKnn(shrinkage: -0.5f) },
        { "Option Shrinkage: expected 0 to 1,000,000, found NaN.", t => t.ItemKnn(shrinkage: float.NaN) },
        { "Option NumberOfThreads: expected 1 to 1,024, found 0.", t => t.ItemKnn(new ItemKnnTrainer.Options { NumberOfThreads = 0 }) },
        { "Option UserColumnName: expected the name of a column, found an empty string.", t => t.Ease("") },
        { "Option ItemColumnName: expected a column other than the user column, found 'User' for both.", t => t.Ease("User", "User") },
        { "Option Regularization: expected 1E-06 to 1E+09, found 0.", t => t.Ease(regularization: 0) },
        { "Option Regularization: expected 1E-06 to 1E+09, found Infinity.", t => t.Ease(regularization: float.PositiveInfinity) },
        { "Option NumberOfThreads: expected 1 to 1,024, found -2.", t => t.Ease(new EaseTrainer.Options { NumberOfThreads = -2 }) },
        { "Option UserColumnName: expected the name of a column, found null.", t => t.GraphFilter(userColumnName: null!) },
        { "Option ItemColumnName: expected the name of a column, found null.", t => t.GraphFilter("User", null!) },
        { "Option LowPassDimension: expected 0 to 8,192, found -1.", t => t.GraphFilter(lowPassDimension: -1) },
        { "Option LowPassWeight: expected 0 to 1,000, found -1.", t => t.GraphFilter(new GraphFilterTrainer.Options { LowPassWeight = -1 }) },
        { "Option IterationCount: expected 1 to 1,000, found 0.", t => t.GraphFilter(new GraphFilterTrainer.Options { IterationCount = 0 }) },
        { "Option Oversampling: expected 0 to 1,024, found -1.", t => t.GraphFilter(new GraphFilterTrainer.Options { Oversampling = -1 }) },
        { "Option NumberOfThreads: expected 1 to 1,024, found 0.", t => t.GraphFilter(new GraphFilterTrainer.Options { NumberOfThreads = 0 }) },
    };

    public static TheoryData<string> Names() => [.. Baselines(Ml).Keys];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(BadOptions))]
    public void Each_option_out_of_range_is_named_with_what_was_expected_and_found(string message, Action<RankingCatalog.RankingTrainers> create) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(() => create(Ml.Ranking.Trainers)).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_and_catalogs_must_be_there()
    {
        Assert.Throws<ArgumentNullException>(() => Ml.Ranking.Trainers.ItemKnn((ItemKnnTrainer.Options)null!));
        Assert.Throws<ArgumentNullException>(() => Ml.Ranking.Trainers.Ease((EaseTrainer.Options)null!));
        Assert.Throws<ArgumentNullException>(() => Ml.Ranking.Trainers.GraphFilter((GraphFilterTrainer.Options)null!));
        Assert.Throws<ArgumentNullException>(() => BaselineTrainersCatalog.Popularity(null!));
        Assert.All(Baselines(Ml).Values, trainer => Assert.Throws<ArgumentNullException>(() => trainer.Fit(null!)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pipeline_keeps_its_promise_and_scores_the_same_bits_once_loaded(string name)
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        EstimatorChain<ITransformer> pipeline = ml.Transforms.Conversion.MapValueToKey("User", "UserId")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Append(Baselines(ml)[name]);
        TransformerChain<ITransformer> fitted = pipeline.Fit(data.TrainRows);
        float[] expected = [.. fitted.Transform(data.TrainRows).GetColumn<float>("Score")];
        Assert.All(expected, score => Assert.True(float.IsFinite(score)));
        using MemoryStream stream = new();
        ml.Model.Save(fitted, data.TrainRows.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out DataViewSchema schema);
        Assert.Equal(expected, loaded.Transform(data.TrainRows).GetColumn<float>("Score"));
        Assert.Equal(fitted.GetOutputSchema(schema).Select(c => $"{c.Name} {c.Type}"), loaded.GetOutputSchema(schema).Select(c => $"{c.Name} {c.Type}"));
        // It is a model of ours, but no LightGCN.
        Assert.Contains("found 0", Assert.Throws<ArgumentException>(() => ml.Model.GetLightGcn(loaded)).Message, StringComparison.Ordinal);
        ITransformer restored = ml.Model.RestoreLightGcn(loaded);
        Assert.Equal(fitted.LastTransformer.GetType(), ((IEnumerable<ITransformer>)restored).Last().GetType());
        Assert.Equal(expected, restored.Transform(data.TrainRows).GetColumn<float>("Score"));
        Assert.Same(restored, ml.Model.RestoreLightGcn(restored));
        using PredictionEngine<Taste.Interaction, Taste.Prediction> engine = ml.Model.CreatePredictionEngine<Taste.Interaction, Taste.Prediction>(loaded);
        Assert.True(float.IsNaN(engine.Predict(new() { UserId = "nobody", ItemId = "i1" }).Score));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bad_columns_and_empty_data_are_refused_in_the_same_words(string name)
    {
        IEstimator<ITransformer> trainer = Baselines(Ml)[name];
        Taste data = Taste.Create(Ml);
        Assert.Contains("Could not find user column 'User'", Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(data.TrainRows)).Message, StringComparison.Ordinal);
        Assert.Contains("Could not find user column 'User'", Assert.Throws<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(new SchemaShape([]))).Message, StringComparison.Ordinal);
        IDataView text = Ml.Transforms.CopyColumns("User", "UserId").Append(Ml.Transforms.CopyColumns("Item", "ItemId")).Fit(data.TrainRows).Transform(data.TrainRows);
        Assert.Contains("Schema mismatch for user column 'User': expected Key<UInt32>", Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(text)).Message, StringComparison.Ordinal);
        IDataView empty = KeyRows.Create(Ml, 8, 8, [(-1, 0), (0, -1)]);
        Assert.Equal("The training data have 0 interactions of 0 users in columns 'User' and 'Item' (2 rows skipped); expected interactions of at least 1 user.",
            Assert.Throws<ArgumentException>(() => trainer.Fit(empty)).Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_user_is_enough_and_skipped_rows_are_logged(string name)
    {
        MLContext ml = new(1);
        List<string> log = [];
        ml.Log += (_, e) => log.Add(e.Message);
        ITransformer fitted = Baselines(ml)[name].Fit(KeyRows.Create(ml, 8, 8, [(0, 0), (0, 1), (0, 1), (-1, 3)]));
        Assert.All(fitted.Transform(KeyRows.Create(ml, 8, 8, [(0, 0), (0, 1)])).GetColumn<float>("Score"), score => Assert.True(float.IsFinite(score)));
        // An item without interactions is no recommendation, nor is any item for a user without; popularity is the same for all users.
        Assert.All(fitted.Transform(KeyRows.Create(ml, 8, 8, [(0, 5), (7, 5)])).GetColumn<float>("Score"), score => Assert.Equal(float.NaN, score));
        Assert.Equal(name == "Popularity", float.IsFinite(fitted.Transform(KeyRows.Create(ml, 8, 8, [(7, 0)])).GetColumn<float>("Score").Single()));
        Assert.Contains(log, line => line.Contains("Skipped 1 of 4 rows: user or item missing.", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Contains("Merged 1 duplicate interactions.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_too_large_for_a_file_says_why_and_what_to_do()
    {
        SavedBaseline.CheckSize("GraphFilter", int.MaxValue, "Fit it again.");
        Assert.Equal("The GraphFilter model can't be saved: its item vectors take 2,147,483,648 bytes, and a table of an ML.NET model file holds less than 2 GiB. Fit it again.",
            Assert.Throws<NotSupportedException>(() => SavedBaseline.CheckSize("GraphFilter", 1L << 31, "Fit it again.")).Message);
    }

    [Fact]
    public void Matrix_factorization_is_LightGCN_without_layers()
    {
        Taste data = Taste.Create(Ml);
        LightGcnTransformer fitted = Ml.Ranking.Trainers.BprMatrixFactorization(embeddingDimension: 8, epochCount: 2).Fit(data.Train);
        Assert.Equal([1f], fitted.Model.LayerWeights);
        Assert.Equal(fitted.Model.BaseUserEmbeddings.ToArray(), fitted.Model.UserEmbeddings.ToArray());
        Assert.Equal(8, fitted.Model.EmbeddingDimension);
    }

    private static Dictionary<string, IEstimator<ITransformer>> Baselines(MLContext ml) => new()
    {
        ["Popularity"] = ml.Ranking.Trainers.Popularity(),
        ["ItemKnn"] = ml.Ranking.Trainers.ItemKnn(),
        ["ItemKnn of 5"] = ml.Ranking.Trainers.ItemKnn(neighbourCount: 5, shrinkage: 1),
        ["Ease"] = ml.Ranking.Trainers.Ease(),
        ["Slim"] = ml.Ranking.Trainers.Slim(),
        ["GraphFilter"] = ml.Ranking.Trainers.GraphFilter(),
        ["GraphFilter with a low-pass part"] = ml.Ranking.Trainers.GraphFilter(lowPassDimension: 8),
    };
}
