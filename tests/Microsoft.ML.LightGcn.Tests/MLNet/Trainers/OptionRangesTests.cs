using System.Globalization;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>The range of every option: its ends are accepted, what lies beyond is named, and docs/options.md has it.</summary>
public sealed class OptionRangesTests
{
    private static readonly MLContext Ml = new(1);
    private static readonly IDataView Rows = KeyRows.Create(Ml, 4, 4, [(0, 0), (0, 1), (1, 1), (1, 2)]);
    private static readonly Lazy<Recommender> Fitted = new(() => Ml.Model.CreateRecommender(Ml.Ranking.Trainers.LightGcn(Quick()).Fit(Rows)));
    private static readonly Lazy<TopNMetrics> Metrics = new(() => Evaluate(new TopNEvaluationOptions()));

    private static readonly Range[] Ranges =
    [
        .. LightGcn(),
        .. Baselines(),
        .. Parts(),
        .. DataAndEvaluation(),
    ];

    public static TheoryData<string> Names() => [.. Ranges.Select(range => range.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ends_are_accepted_and_what_is_beyond_is_named(string name)
    {
        Range range = Ranges.Single(range => range.Name == name);
        foreach (object value in range.Accepted)
            range.Apply(value);
        Assert.True(range.Refused.Length >= 2);
        foreach (object value in range.Refused)
        {
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => range.Apply(value));
            Assert.StartsWith($"{range.Subject}: expected {range.Expected}, found ", error.Message, StringComparison.Ordinal);
            string found = value is int whole ? whole.ToString("N0", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{value}");
            Assert.StartsWith($"{range.Subject}: expected {range.Expected}, found {found}.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_document_has_every_range()
    {
        string document = File.ReadAllText(Path.Combine(ShownCode.Root(), "docs", "options.md"));
        Assert.All(Ranges, range => Assert.Contains($"| {range.Documented} | {range.Expected} |", document, StringComparison.Ordinal));
    }

    /// <summary>A new number among the options needs a range here.</summary>
    [Fact]
    public void Every_number_has_a_range()
    {
        Check(typeof(LightGcnTrainer.Options), name => name, except: ["Seed"]);
        Check(typeof(SampledSoftmaxObjective), name => $"Objective.{name}");
        Check(typeof(ItemNeighbourhood), name => $"Neighbourhood.{name}");
        Check(typeof(TrainingCheckpoints), name => $"Checkpoints.{name}");
        Check(typeof(ItemKnnTrainer.Options), name => $"ItemKnnTrainer.Options.{name}");
        Check(typeof(EaseTrainer.Options), name => $"EaseTrainer.Options.{name}");
        Check(typeof(SlimTrainer.Options), name => $"SlimTrainer.Options.{name}");
        Check(typeof(GraphFilterTrainer.Options), name => $"GraphFilterTrainer.Options.{name}", except: ["Seed"]);
        Check(typeof(TopNEvaluationOptions), name => $"TopNEvaluationOptions.{name}", except: ["Seed"]);
        Check(typeof(RecommendationOptions), name => $"RecommendationOptions.{name}");

        static void Check(Type options, Func<string, string> named, params string[] except)
        {
            Type[] numbers = [typeof(int), typeof(int?), typeof(float), typeof(float?), typeof(double), typeof(TimeSpan?)];
            string[] names = [.. options.GetProperties().Where(p => p.CanWrite && numbers.Contains(p.PropertyType)).Select(p => p.Name).Except(except)];
            Assert.NotEmpty(names);
            Assert.All(names, name => Assert.Contains(Ranges, range => range.Name == named(name)));
        }
    }

    [Fact]
    public void Presets_and_defaults_are_within_the_ranges()
    {
        foreach (LightGcnTrainer.Options options in (LightGcnTrainer.Options[])[
            new(), LightGcnTrainer.Options.GoodBooksNotebook(), LightGcnTrainer.Options.Paper(), LightGcnTrainer.Options.MatrixFactorization()])
            Ml.Ranking.Trainers.LightGcn(options);
    }

    [Fact]
    public void Layer_weights_may_not_all_be_near_zero()
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() =>
            Ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { LayerWeights = [0, -9e-4f, 1e-30f] }));
        Assert.StartsWith("Option LayerWeights: expected a weight of at least 0.001 in magnitude, found 0.0009 at most.", error.Message, StringComparison.Ordinal);
        Ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { LayerWeights = [0, -1e-3f, 0] });
    }

    [Fact]
    public void More_negatives_than_their_tables_hold_are_refused_with_the_dimension()
    {
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 8192, Objective = new SampledSoftmaxObjective { NegativeCount = 16_369 } };
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.Trainers.LightGcn(options));
        Assert.StartsWith("Option Objective.NegativeCount: expected at most 16,368 with 8,192 for EmbeddingDimension, found 16,369.", error.Message, StringComparison.Ordinal);
        options.Objective = new SampledSoftmaxObjective { NegativeCount = 16_368 };
        Ml.Ranking.Trainers.LightGcn(options);
    }

    [Fact]
    public void A_larger_batch_than_its_tables_hold_is_refused_before_they_are_made()
    {
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 8192, BatchSize = 1 << 24, StepsPerEpoch = 1 };
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.Trainers.LightGcn(options).Fit(Rows));
        Assert.StartsWith("Option BatchSize: expected at most 262,143 with 8,192 for EmbeddingDimension, as an array holds at most ", error.Message, StringComparison.Ordinal);
        Assert.Contains(" numbers, found 16,777,216.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_columns_too_wide_for_arrays_are_named_before_anything_is_made()
    {
        IDataView wide = KeyRows.Create(Ml, int.MaxValue, 5, [(0, 0), (1, 1)]);
        foreach (IEstimator<ITransformer> trainer in (IEstimator<ITransformer>[])[Ml.Ranking.Trainers.Popularity(), Ml.Ranking.Trainers.ItemKnn(), Ml.Ranking.Trainers.Ease(), Ml.Ranking.Trainers.GraphFilter()])
            Assert.StartsWith("Columns 'User' and 'Item': expected fewer than 2,147,483,591 keys together, found 2,147,483,647 and 5.",
                Assert.Throws<ArgumentException>(() => trainer.Fit(wide)).Message, StringComparison.Ordinal);
        string message = Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.LightGcn().Fit(wide)).Message;
        Assert.Contains("2,147,483,652 users, items and attributes of 112 components", message, StringComparison.Ordinal);
        Assert.Contains("EmbeddingDimension", message, StringComparison.Ordinal);
    }

    private static LightGcnTrainer.Options Quick() => new() { EmbeddingDimension = 4, EpochCount = 1, Seed = 1 };

    private static TopNMetrics Evaluate(TopNEvaluationOptions options) =>
        Ml.Ranking.EvaluateTopN(Ml.Ranking.Trainers.Popularity().Fit(Rows), KeyRows.Create(Ml, 4, 4, [(0, 3), (1, 0)]), Rows, options);

    private static IEnumerable<Range> LightGcn()
    {
        yield return Int("EmbeddingDimension", 1, 8192, (o, v) => o.EmbeddingDimension = v);
        yield return Int("LayerCount", 0, 64, (o, v) => o.LayerCount = v);
        yield return Float("LayerWeights[1]", -1000, 1000, (o, v) => o.LayerWeights = [1, v, 0]);
        yield return Int("BatchSize", 1, 16_777_216, (o, v) => o.BatchSize = v);
        yield return Int("StepsPerEpoch", 1, 1_000_000, (o, v) => o.StepsPerEpoch = v);
        yield return Int("EpochCount", 1, 100_000, (o, v) => o.EpochCount = v);
        yield return Float("LearningRate", 1e-30f, 10, (o, v) => o.LearningRate = v);
        yield return Float("WeightDecay", 0, 100, (o, v) => o.WeightDecay = v);
        yield return Float("BatchL2", 0, 100, (o, v) => o.BatchL2 = v);
        yield return Int("NumberOfThreads", 1, 1024, (o, v) => o.NumberOfThreads = v);
        yield return Int("ValidationCutoff", 1, int.MaxValue, (o, v) => o.ValidationCutoff = v);
        yield return Int("ValidationUserCount", 1, int.MaxValue, (o, v) => o.ValidationUserCount = v);
        yield return Int("Patience", 1, int.MaxValue, (o, v) => o.Patience = v);
        yield return Int("Checkpoints.EpochInterval", 1, int.MaxValue, (o, v) => o.Checkpoints = new TrainingCheckpoints("run") { EpochInterval = v });
        yield return new Range("Checkpoints.TimeInterval", "Option Checkpoints.TimeInterval", "a second to a day", "`Checkpoints.TimeInterval`",
            [TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)],
            [TimeSpan.FromSeconds(1) - new TimeSpan(1), TimeSpan.FromDays(1) + new TimeSpan(1), TimeSpan.MinValue, TimeSpan.MaxValue],
            value => Ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { Checkpoints = new TrainingCheckpoints("run") { TimeInterval = (TimeSpan)value } }));
        yield return Float("Objective.Temperature", 0.001f, 100, (o, v) => o.Objective = new SampledSoftmaxObjective { Temperature = v });
        yield return Float("Objective.FrequencyCorrection", 0, 10, (o, v) => o.Objective = new SampledSoftmaxObjective { FrequencyCorrection = v });
        yield return Float("Objective.LengthExponent", 0, 4, (o, v) => o.Objective = new SampledSoftmaxObjective { LengthExponent = v });
        yield return Float("Objective.Shrinkage", 0, 1_000_000, (o, v) => o.Objective = new SampledSoftmaxObjective { Shrinkage = v });
        yield return Int("Objective.NegativeCount", 1, 65_536, (o, v) => o.Objective = new SampledSoftmaxObjective { NegativeCount = v });
        yield return Float("Neighbourhood.Weight", 0, 1000, (o, v) => o.Neighbourhood = new ItemNeighbourhood { Weight = v });
        yield return Float("Neighbourhood.Amplification", 1, 4, (o, v) => o.Neighbourhood = new ItemNeighbourhood { Amplification = v });
        yield return Int("Neighbourhood.NeighbourCount", 1, 1000, (o, v) => o.Neighbourhood = new ItemNeighbourhood { NeighbourCount = v });
        yield return Float("Neighbourhood.Regularization", 1e-6f, 1e9f, (o, v) => o.Neighbourhood = new ItemNeighbourhood { Regularization = v });
        yield return Float("Neighbourhood.UserDegreeExponent", 0, 1, (o, v) => o.Neighbourhood = new ItemNeighbourhood { UserDegreeExponent = v });
        yield return Float("Neighbourhood.PopularityExponent", 0, 1, (o, v) => o.Neighbourhood = new ItemNeighbourhood { PopularityExponent = v });
        yield return Float("Neighbourhood.DropoutRate", 0, 0.95f, (o, v) => o.Neighbourhood = new ItemNeighbourhood { DropoutRate = v });
        yield return Int("Neighbourhood.MaximumHistoryLength", 2, 1_000_000, (o, v) => o.Neighbourhood = new ItemNeighbourhood { MaximumHistoryLength = v });

        static Range Int(string name, int minimum, int maximum, Action<LightGcnTrainer.Options, int> set) =>
            Whole(name, $"Option {name}", $"`{name}`", minimum, maximum, value => Make(options => set(options, value)));

        static Range Float(string name, float minimum, float maximum, Action<LightGcnTrainer.Options, float> set) =>
            Real(name, $"Option {name}", $"`{name}`", minimum, maximum, value => Make(options => set(options, value)));

        static void Make(Action<LightGcnTrainer.Options> set)
        {
            LightGcnTrainer.Options options = new();
            set(options);
            Ml.Ranking.Trainers.LightGcn(options);
        }
    }

    private static IEnumerable<Range> Baselines()
    {
        yield return Int("ItemKnnTrainer.Options.NeighbourCount", 0, int.MaxValue, v => Ml.Ranking.Trainers.ItemKnn(neighbourCount: v));
        yield return Float("ItemKnnTrainer.Options.Shrinkage", 0, 1_000_000, v => Ml.Ranking.Trainers.ItemKnn(shrinkage: v));
        yield return Int("ItemKnnTrainer.Options.NumberOfThreads", 1, 1024, v => Ml.Ranking.Trainers.ItemKnn(new ItemKnnTrainer.Options { NumberOfThreads = v }));
        yield return Float("EaseTrainer.Options.Regularization", 1e-6f, 1e9f, v => Ml.Ranking.Trainers.Ease(regularization: v));
        yield return Float("EaseTrainer.Options.UserDegreeExponent", 0, 1, v => Ml.Ranking.Trainers.Ease(new EaseTrainer.Options { UserDegreeExponent = v }));
        yield return Float("EaseTrainer.Options.PopularityExponent", 0, 1, v => Ml.Ranking.Trainers.Ease(new EaseTrainer.Options { PopularityExponent = v }));
        yield return Float("EaseTrainer.Options.DropoutRate", 0, 0.95f, v => Ml.Ranking.Trainers.Ease(new EaseTrainer.Options { DropoutRate = v }));
        yield return Int("EaseTrainer.Options.NumberOfThreads", 1, 1024, v => Ml.Ranking.Trainers.Ease(new EaseTrainer.Options { NumberOfThreads = v }));
        yield return Int("SlimTrainer.Options.NeighbourCount", 1, 1000, v => Ml.Ranking.Trainers.Slim(neighbourCount: v));
        yield return Float("SlimTrainer.Options.Regularization", 1e-6f, 1e9f, v => Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { Regularization = v }));
        yield return Float("SlimTrainer.Options.UserDegreeExponent", 0, 1, v => Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { UserDegreeExponent = v }));
        yield return Float("SlimTrainer.Options.PopularityExponent", 0, 1, v => Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { PopularityExponent = v }));
        yield return Float("SlimTrainer.Options.DropoutRate", 0, 0.95f, v => Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { DropoutRate = v }));
        yield return Int("SlimTrainer.Options.MaximumHistoryLength", 2, 1_000_000, v => Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { MaximumHistoryLength = v }));
        yield return Int("SlimTrainer.Options.NumberOfThreads", 1, 1024, v => Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { NumberOfThreads = v }));
        yield return Int("GraphFilterTrainer.Options.LowPassDimension", 0, 8192, v => Ml.Ranking.Trainers.GraphFilter(lowPassDimension: v));
        yield return Float("GraphFilterTrainer.Options.LowPassWeight", 0, 1000, v => Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassWeight = v }));
        yield return Int("GraphFilterTrainer.Options.IterationCount", 1, 1000, v => Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { IterationCount = v }));
        yield return Int("GraphFilterTrainer.Options.Oversampling", 0, 1024, v => Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { Oversampling = v }));
        yield return Int("GraphFilterTrainer.Options.NumberOfThreads", 1, 1024, v => Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { NumberOfThreads = v }));
    }

    private static IEnumerable<Range> Parts()
    {
        yield return Argument("EmbeddingInitialization.Normal", "standardDeviation", 1e-6f, 100, v => EmbeddingInitialization.Normal(v));
        yield return Argument("EmbeddingInitialization.Spectral", "standardDeviation", 1e-6f, 100, v => EmbeddingInitialization.Spectral(2, v));
        yield return Argument("EmbeddingInitialization.Spectral", "iterationCount", 1, 1000, v => EmbeddingInitialization.Spectral(v));
        yield return Argument("NegativeSampling.PopularityBiased", "poolSize", 1, int.MaxValue, v => NegativeSampling.PopularityBiased(v));
        yield return Fraction("NegativeSampling.PopularityBiased", "probability", "0 to 1", [0.0, 1.0], v => NegativeSampling.PopularityBiased(10, v));
        yield return Real("GraphRelation, strength", "Argument strength of relation 'tags'", "`GraphRelation`, `strength`", 1e-6f, 1_000_000,
            v => GraphRelation.ItemAttribute("tags", Rows, "Item", "User", strength: v));
    }

    private static IEnumerable<Range> DataAndEvaluation()
    {
        foreach (string name in (string[])["validationFraction", "testFraction"])
        {
            bool isTest = name == "testFraction";
            yield return Fraction("RatioSplit", name, "at least 0 and less than 1", [0.0, Math.BitDecrement(1.0) - 1e-15],
                v => Ml.Data.RatioSplit(Rows, validationFraction: isTest ? 0 : v, testFraction: isTest ? v : 0), 1.0);
            yield return Fraction("ColdItemSplit", name, "at least 0 and less than 1", [0.0, Math.BitDecrement(1.0) - 1e-15],
                v => Ml.Data.ColdItemSplit(Rows, validationFraction: isTest ? 0 : v, testFraction: isTest ? v : 0), 1.0);
        }
        yield return Argument("FilterByMinimumCount", "minimumPerUser", 0, int.MaxValue, v => Ml.Data.FilterByMinimumCount(Rows, minimumPerUser: v));
        yield return Argument("FilterByMinimumCount", "minimumPerItem", 0, int.MaxValue, v => Ml.Data.FilterByMinimumCount(Rows, minimumPerItem: v));
        yield return Int("TopNEvaluationOptions.Cutoffs", 1, int.MaxValue, v => Evaluate(new TopNEvaluationOptions { Cutoffs = [10, v], WithCatalogueMetrics = true })) with { Expected = "cutoffs of at least 1" };
        yield return Int("TopNEvaluationOptions.MinimumHistory", 0, int.MaxValue, v => Nothing(() => Evaluate(new TopNEvaluationOptions { MinimumHistory = v })));
        yield return Int("TopNEvaluationOptions.MaximumHistory", 0, int.MaxValue, v => Nothing(() => Evaluate(new TopNEvaluationOptions { MaximumHistory = v })));
        yield return Int("TopNEvaluationOptions.UserCount", 1, int.MaxValue, v => Evaluate(new TopNEvaluationOptions { UserCount = v }));
        yield return Int("TopNEvaluationOptions.NumberOfThreads", 1, 1024, v => Nothing(() => Evaluate(new TopNEvaluationOptions { NumberOfThreads = v, MinimumHistory = 100 })));
        yield return Argument("TopNMetrics.ConfidenceInterval", "resamples", 100, 1_000_000, v => Metrics.Value.ConfidenceInterval(RankingMetric.Ndcg, 10, resamples: v));
        yield return Fraction("TopNMetrics.ConfidenceInterval", "level", "above 0 and below 1", [double.Epsilon, Math.BitDecrement(1.0)],
            v => Metrics.Value.ConfidenceInterval(RankingMetric.Ndcg, 10, v, 100), 0.0, 1.0);
        yield return Int("RecommendationOptions.Count", 1, int.MaxValue, v => Fitted.Value.Recommend(new Key(1), new RecommendationOptions { Count = v }));
        yield return new Range("RecommendationOptions.MinimumScore", "Option MinimumScore", "a number", "`RecommendationOptions.MinimumScore`",
            [float.MinValue, float.MaxValue, float.NegativeInfinity, float.PositiveInfinity], [float.NaN, -float.NaN],
            v => Fitted.Value.Recommend(new Key(1), new RecommendationOptions { MinimumScore = (float)v }));
        yield return Int("RecommendationOptions.NumberOfThreads", 1, 1024, v => Fitted.Value.Recommend(new Key(1), new RecommendationOptions { NumberOfThreads = v }));
        yield return Argument("Recommender.SimilarUsers", "count", 1, int.MaxValue, v => Fitted.Value.SimilarUsers(new Key(1), v));

        // A condition that no user meets is an error of another kind.
        static void Nothing(Action evaluate)
        {
            try
            {
                evaluate();
            }
            catch (ArgumentException nothing) when (nothing is not ArgumentOutOfRangeException)
            {
                Assert.Contains("There is nothing to evaluate", nothing.Message, StringComparison.Ordinal);
            }
        }
    }

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static Range Int(string name, int minimum, int maximum, Action<int> apply) =>
        Whole(name, $"Option {Last(name)}", $"`{name}`", minimum, maximum, apply);

    private static Range Float(string name, float minimum, float maximum, Action<float> apply) =>
        Real(name, $"Option {Last(name)}", $"`{name}`", minimum, maximum, apply);

    private static Range Argument(string method, string name, int minimum, int maximum, Action<int> apply) =>
        Whole($"{method}, {name}", $"Argument {name}", $"`{method}`, `{name}`", minimum, maximum, apply);

    private static Range Argument(string method, string name, float minimum, float maximum, Action<float> apply) =>
        Real($"{method}, {name}", $"Argument {name}", $"`{method}`, `{name}`", minimum, maximum, apply);

    private static Range Fraction(string method, string name, string expected, object[] accepted, Action<double> apply, params object[] refused) =>
        new($"{method}, {name}", $"Argument {name}", expected, $"`{method}`, `{name}`", accepted,
            [-double.Epsilon, Math.BitIncrement(1.0), double.NaN, double.NegativeInfinity, double.PositiveInfinity, double.MinValue, double.MaxValue, .. refused],
            value => apply((double)value));

    private static Range Whole(string name, string subject, string documented, int minimum, int maximum, Action<int> apply) =>
        new(name, subject, maximum == int.MaxValue ? $"at least {minimum}" : string.Create(CultureInfo.InvariantCulture, $"{minimum:N0} to {maximum:N0}"), documented,
            [minimum, maximum], maximum == int.MaxValue ? [minimum - 1, int.MinValue] : [minimum - 1, maximum + 1, int.MinValue, int.MaxValue],
            value => apply((int)value));

    private static Range Real(string name, string subject, string documented, float minimum, float maximum, Action<float> apply) =>
        new(name, subject, $"{Text(minimum)} to {Text(maximum)}", documented, [minimum, maximum],
            [MathF.BitDecrement(minimum), MathF.BitIncrement(maximum), float.NaN, float.NegativeInfinity, float.PositiveInfinity, float.MinValue, float.MaxValue],
            value => apply((float)value));

    private static string Text(float bound) => bound.ToString(float.IsInteger(bound) && bound < 1e7f ? "N0" : "G", CultureInfo.InvariantCulture);

    /// <summary>The range of an option.</summary>
    /// <param name="Name">The name of the case.</param>
    /// <param name="Subject">What the error calls it.</param>
    /// <param name="Expected">What the error and the document say is expected.</param>
    /// <param name="Documented">What the document calls it.</param>
    /// <param name="Accepted">The ends.</param>
    /// <param name="Refused">What lies beyond.</param>
    /// <param name="Apply">Gives the option a value, and does what checks it.</param>
    private sealed record Range(string Name, string Subject, string Expected, string Documented, object[] Accepted, object[] Refused, Action<object> Apply);
}
