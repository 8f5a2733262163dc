using System.Globalization;
using System.Reflection;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<LightGcnTrainer.Options>> BadOptions() => new()
    {
        { "Option UserColumnName: expected the name of a column, found null.", o => o.UserColumnName = null! },
        { "Option ItemColumnName: expected the name of a column, found an empty string.", o => o.ItemColumnName = "" },
        { "Option ItemColumnName: expected a column other than the user column, found 'User' for both.", o => o.ItemColumnName = "User" },
        { "Option EmbeddingDimension: expected 1 to 8,192, found 0.", o => o.EmbeddingDimension = 0 },
        { "Option LayerCount: expected 0 to 64, found -1.", o => o.LayerCount = -1 },
        { "Option LayerWeights: expected LayerCount + 1 = 3 weights, found 2.", o => o.LayerWeights = [1, 2] },
        { "Option LayerWeights[2]: expected -1,000 to 1,000, found NaN.", o => o.LayerWeights = [1, 2, float.NaN] },
        { "Option PropagationPrecision: expected a value of PropagationPrecision, found 2.", o => o.PropagationPrecision = (PropagationPrecision)2 },
        { "Option Objective: expected a value, found null.", o => o.Objective = null! },
        { "Option Objective.Negatives: expected a value, found null.", o => o.Objective = new BprObjective { Negatives = null! } },
        { "Option Objective.Temperature: expected 0.001 to 100, found 0.", o => o.Objective = new SampledSoftmaxObjective { Temperature = 0 } },
        { "Option Objective.Shrinkage: expected 0 to 1,000,000, found -1.", o => o.Objective = new SampledSoftmaxObjective { Shrinkage = -1 } },
        { "Option Objective.NegativeCount: expected 1 to 65,536, found 0.", o => o.Objective = new SampledSoftmaxObjective { NegativeCount = 0 } },
        { "Option LearningRateDecay: expected a value of LearningRateDecay, found 9.", o => o.LearningRateDecay = (LearningRateDecay)9 },
        { "Option Positives: expected a value of PositiveSampling, found 7.", o => o.Positives = (PositiveSampling)7 },
        { "Option BatchSize: expected 1 to 16,777,216, found 0.", o => o.BatchSize = 0 },
        { "Option StepsPerEpoch: expected 1 to 1,000,000, found 0.", o => o.StepsPerEpoch = 0 },
        { "Option EpochCount: expected 1 to 100,000, found 0.", o => o.EpochCount = 0 },
        { "Option LearningRate: expected 1E-30 to 10, found 0.", o => o.LearningRate = 0 },
        { "Option LearningRate: expected 1E-30 to 10, found NaN.", o => o.LearningRate = float.NaN },
        { "Option WeightDecay: expected 0 to 100, found -0.5.", o => o.WeightDecay = -0.5f },
        { "Option BatchL2: expected 0 to 100, found Infinity.", o => o.BatchL2 = float.PositiveInfinity },
        { "Option Initialization: expected a value, found null.", o => o.Initialization = null! },
        { "Option NumberOfThreads: expected 1 to 1,024, found 0.", o => o.NumberOfThreads = 0 },
        { "Option ValidationMetric: expected a value of RankingMetric, found 99.", o => o.ValidationMetric = (RankingMetric)99 },
        { "Option ValidationCutoff: expected at least 1, found 0.", o => o.ValidationCutoff = 0 },
        { "Option ValidationUserCount: expected at least 1, found -3.", o => o.ValidationUserCount = -3 },
        { "Option Patience: expected at least 1, found 0.", o => o.Patience = 0 },
        { "Option Checkpoints.Folder: expected the name of a folder, found an empty string.", o => o.Checkpoints = new TrainingCheckpoints("") },
        { "Option Checkpoints.EpochInterval: expected at least 1, found 0.", o => o.Checkpoints = new TrainingCheckpoints("run") { EpochInterval = 0 } },
        { "Option Checkpoints.TimeInterval: expected a second to a day, found 00:00:00.", o => o.Checkpoints = new TrainingCheckpoints("run") { TimeInterval = TimeSpan.Zero } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(BadOptions))]
    public void Each_option_out_of_range_is_named_with_what_was_expected_and_found(string message, Action<LightGcnTrainer.Options> spoil)
    {
        CultureInfo culture = CultureInfo.CurrentCulture;
        CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = comma;
        try
        {
            LightGcnTrainer.Options options = new();
            spoil(options);
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext(1).Ranking.Trainers.LightGcn(options));
            Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Parts_of_options_check_themselves()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NegativeSampling.PopularityBiased(0, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => NegativeSampling.PopularityBiased(10, 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => NegativeSampling.PopularityBiased(10, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => EmbeddingInitialization.Normal(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => EmbeddingInitialization.Normal(float.NaN));
    }

    [Fact]
    public void The_simple_overload_checks_its_arguments_too()
    {
        Assert.Contains("EmbeddingDimension", Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext(1).Ranking.Trainers.LightGcn(embeddingDimension: 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new MLContext(1).Ranking.Trainers.LightGcn(options: null!));
        Assert.Throws<ArgumentNullException>(() => LightGcnCatalog.LightGcn(null!));
    }

    [Fact]
    public void Later_changes_to_options_have_no_effect()
    {
        MLContext ml = new(1);
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 4, EpochCount = 1, Seed = 1 };
        LightGcnTrainer trainer = ml.Ranking.Trainers.LightGcn(options);
        options.EmbeddingDimension = 9;
        Assert.Equal(4, trainer.Fit(KeyRows.Create(ml, 2, 2, [(0, 0), (1, 1)])).Model.EmbeddingDimension);
    }

    [Fact]
    public void The_learning_rate_falls_as_planned()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(2, 2, (0, 0), (1, 1));
        double[] Rates(LearningRateDecay decay)
        {
            TrainingPlan plan = TestGraphs.Plan(graph, new() { EmbeddingDimension = 2, LearningRate = 0.5f, LearningRateDecay = decay, BatchSize = 1, StepsPerEpoch = 2, EpochCount = 4 }, 1);
            return [.. new long[] { 0, 2, 4, 6 }.Select(plan.LearningRateAt)];
        }
        Assert.Equal([0.5, 0.5, 0.5, 0.5], Rates(LearningRateDecay.None));
        Assert.Equal([0.5, 0.375, 0.25, 0.125], Rates(LearningRateDecay.Linear));
        Assert.Equal([0.5, 0.25 + 0.25 * Math.Sqrt(0.5), 0.25, 0.25 - 0.25 * Math.Sqrt(0.5)], Rates(LearningRateDecay.Cosine), (x, y) => Math.Abs(x - y) < 1e-12);
    }

    [Fact]
    public void Sampled_softmax_trains_through_the_pipeline_and_finds_tastes()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Objective = new SampledSoftmaxObjective { NegativeCount = 20, Temperature = 0.2f };
        LightGcnTransformer fitted = ml.Ranking.Trainers.LightGcn(options).Fit(data.Train, data.Validation);
        Assert.InRange(ml.Ranking.EvaluateTopN(fitted, data.Validation, data.Train)[RankingMetric.HitRate, 10], 0.6, 1);
    }

    [Fact]
    public void Bfloat16_trains_through_the_pipeline_and_beats_popularity()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        LightGcnTransformer Fit(PropagationPrecision precision, int threads)
        {
            LightGcnTrainer.Options options = Taste.QuickOptions();
            (options.PropagationPrecision, options.NumberOfThreads) = (precision, threads);
            return ml.Ranking.Trainers.LightGcn(options).Fit(data.Train);
        }
        LightGcnTransformer fitted = Fit(PropagationPrecision.Bfloat16, 1);
        double popularity = HitRate(ml.Ranking.Trainers.Popularity().Fit(data.Train));
        Assert.True(HitRate(fitted) > popularity + 0.1, $"{HitRate(fitted)} against {popularity}");

        float[] embeddings = fitted.Model.UserEmbeddings.ToArray();
        Assert.Equal(embeddings, Fit(PropagationPrecision.Bfloat16, 7).Model.UserEmbeddings.ToArray());
        Assert.NotEqual(embeddings, Fit(PropagationPrecision.Float32, 1).Model.UserEmbeddings.ToArray());

        double HitRate(ITransformer model) => ml.Ranking.EvaluateTopN(model, data.Validation, data.Train)[RankingMetric.HitRate, 10];
    }

    /// <summary>The notebook's second model and LightGCN-PyTorch's defaults, written down once more from the sources.</summary>
    [Fact]
    public void Presets_are_the_published_settings()
    {
        LightGcnTrainer.Options notebook = LightGcnTrainer.Options.GoodBooksNotebook();
        Assert.Equal((64, 3, 4096, 300, 20), (notebook.EmbeddingDimension, notebook.LayerCount, notebook.BatchSize, notebook.StepsPerEpoch, notebook.EpochCount));
        Assert.Equal((2e-3f, 1e-6f, 0f), (notebook.LearningRate, notebook.WeightDecay, notebook.BatchL2));
        NegativeSampling negatives = Assert.IsType<BprObjective>(notebook.Objective).Negatives;
        Assert.Equal((2000, 0.7), (negatives.PopularPoolSize, negatives.PopularProbability));
        Assert.Equal((PositiveSampling.ByUser, EmbeddingInitialization.XavierUniform), (notebook.Positives, notebook.Initialization));
        Assert.Equal((RankingMetric.Ndcg, 10, 5000), (notebook.ValidationMetric, notebook.ValidationCutoff, notebook.ValidationUserCount));

        LightGcnTrainer.Options paper = LightGcnTrainer.Options.Paper();
        Assert.Equal((64, 3, 2048, 1000), (paper.EmbeddingDimension, paper.LayerCount, paper.BatchSize, paper.EpochCount));
        Assert.Null(paper.StepsPerEpoch);
        Assert.Equal((1e-3f, 0f, 1e-4f), (paper.LearningRate, paper.WeightDecay, paper.BatchL2));
        Assert.Equal((PositiveSampling.ByUser, EmbeddingInitialization.Normal(0.1f)), (paper.Positives, paper.Initialization));
        Assert.Equal((NegativeSampling.Uniform, RankingMetric.Recall, 20), (Assert.IsType<BprObjective>(paper.Objective).Negatives, paper.ValidationMetric, paper.ValidationCutoff));
    }

    [Fact]
    public void The_short_call_has_the_defaults_of_the_options()
    {
        ParameterInfo[] parameters = typeof(LightGcnCatalog).GetMethods().Single(method => method.Name == "LightGcn" && method.GetParameters().Length > 2).GetParameters();
        LightGcnTrainer.Options defaults = new();
        Assert.Equal<object?>(
            [defaults.UserColumnName, defaults.ItemColumnName, defaults.EmbeddingDimension, defaults.LayerCount, defaults.EpochCount],
            parameters.Skip(1).Select(parameter => parameter.DefaultValue));
    }
}
