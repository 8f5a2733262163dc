using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

/// <summary>What the error of a training that failed names; plans are made without the checks of options.</summary>
public sealed class TrainingFailureTests
{
    private static readonly BipartiteGraph Graph = TestGraphs.Random(20, 15, 90, 1);

    public static TheoryData<string, Action<LightGcnTrainer.Options>> TooMuch() => new()
    {
        { "option LayerWeights: expected at most 10 as a rule, found 1E+30.", o => o.LayerWeights = [0, 1e30f, 0] },
        { "option LearningRate: expected at most 0.1 as a rule, found 1E+30.", o => o.LearningRate = 1e30f },
        { "option Objective.Temperature: expected at least 0.01 as a rule, found 1E-30.", o => o.Objective = new SampledSoftmaxObjective { NegativeCount = 16, Temperature = 1e-30f } },
        { "option Objective.LengthExponent: expected at most 1.5 as a rule, found 90.", o => o.Objective = new SampledSoftmaxObjective { NegativeCount = 16, LengthExponent = 90 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(TooMuch))]
    public void What_is_out_of_the_ordinary_is_named(string reason, Action<LightGcnTrainer.Options> spoil)
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Run(Options(spoil)));
        Assert.EndsWith($"The likely reason is {reason}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_that_vanish_are_an_error_that_names_the_reason()
    {
        string message = Assert.Throws<InvalidOperationException>(() => Run(Options(o => o.LayerWeights = [1e-30f, 1e-30f, 0]))).Message;
        Assert.Equal(
            "Training gave nothing: the embeddings are so near to zero that all scores are 0. The likely reason is option LayerWeights: expected at least 0.01 as a rule, found 1E-30.",
            message);
        message = Assert.Throws<InvalidOperationException>(() => Run(Options(o => o.Objective = new SampledSoftmaxObjective { NegativeCount = 16, Shrinkage = 1e30f }))).Message;
        Assert.EndsWith("The likely reason is option Objective.Shrinkage: expected at most 1,000 as a rule, found 1E+30.", message, StringComparison.Ordinal);
    }

    /// <summary>Each option is within its range here; together they are too much.</summary>
    [Fact]
    public void Options_that_are_too_much_together_are_named_through_the_trainer()
    {
        MLContext ml = new(1);
        IDataView rows = KeyRows.Create(ml, 20, 15, Enumerable.Range(0, 20).SelectMany(user => Graph.ItemsOf(user).ToArray().Select(item => (user, item))));
        LightGcnTrainer.Options large = new()
        {
            EmbeddingDimension = 64, EpochCount = 1, Seed = 1, LayerWeights = [1000, 1000, 1000], Initialization = EmbeddingInitialization.Normal(100),
            Objective = new SampledSoftmaxObjective { NegativeCount = 16, LengthExponent = 4, Shrinkage = 0 },
        };
        Assert.EndsWith("The likely reason is option Objective.LengthExponent: expected at most 1.5 as a rule, found 4.",
            Assert.Throws<InvalidOperationException>(() => ml.Ranking.Trainers.LightGcn(large).Fit(rows)).Message, StringComparison.Ordinal);
        // With validation the scores are the first to show it.
        Assert.EndsWith("The likely reason is option Objective.LengthExponent: expected at most 1.5 as a rule, found 4.",
            Assert.Throws<InvalidOperationException>(() => ml.Ranking.Trainers.LightGcn(large).Fit(rows, KeyRows.Create(ml, 20, 15, Unseen()))).Message, StringComparison.Ordinal);

        LightGcnTrainer.Options small = new()
        {
            EmbeddingDimension = 64, EpochCount = 1, Seed = 1, LayerWeights = [1e-3f, 0, 0], Initialization = EmbeddingInitialization.Normal(1e-6f), LearningRate = 1e-9f,
            Objective = new SampledSoftmaxObjective { NegativeCount = 16, LengthExponent = 4, Shrinkage = 1e6f },
        };
        string message = Assert.Throws<InvalidOperationException>(() => ml.Ranking.Trainers.LightGcn(small).Fit(rows)).Message;
        Assert.StartsWith("Training gave nothing", message, StringComparison.Ordinal);
        Assert.Contains("The likely reason is option ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("LearningRate", message, StringComparison.Ordinal);

        static IEnumerable<(int, int)> Unseen() =>
            Enumerable.Range(0, 20).Select(user => (user, Enumerable.Range(0, 15).First(item => Graph.ItemsOf(user).BinarySearch(item) < 0)));
    }

    [Fact]
    public void Without_anything_out_of_the_ordinary_the_learning_rate_is_named()
    {
        TrainingPlan plan = TestGraphs.Plan(Graph, Options(_ => { }), 1);
        Assert.EndsWith("the loss is NaN. Lower LearningRate (now 0.01).", TrainingFailure.Diverged(plan, "the loss is NaN").Message, StringComparison.Ordinal);
        Assert.EndsWith("Lower WeightDecay (now 0) or train longer.", TrainingFailure.Vanished(plan).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_strengths_and_the_model_before_are_suspects_too()
    {
        float[] weights = Enumerable.Repeat(1f, Graph.InteractionCount).ToArray();
        weights[Graph.ByUser.Offsets.Span[2]] = 1e-11f;
        Assert.EndsWith(
            $"The likely reason is option InteractionWeightColumnName, the weight of user key 3 and item key {Graph.ItemsOf(2)[0] + 1}: "
            + "expected at least 1E-06 times the mean of the weights as a rule, found 1E-11 times it.",
            Reason(new HeterogeneousGraph(Graph, weights)), StringComparison.Ordinal);

        EdgeSet fellows = new("fellows", GraphRelationKind.ItemItem, 1e6f, SparseRows.FromEntries([0, 1], [1, 0], [1, 1], 15, 15).WithMeanWeightOne(), []);
        Assert.EndsWith("The likely reason is option Relations[0].Strength: expected at most 100 as a rule, found 1,000,000.",
            Reason(new HeterogeneousGraph(Graph, null, [fellows])), StringComparison.Ordinal);

        NodeTable previous = new(new NodeLayout(20, 15), 8);
        previous.Values.Fill(1e20f);
        Assert.Contains("an embedding of the model to continue from: expected at most 100 as a rule, found 1E+20.",
            TrainingFailure.Diverged(TestGraphs.Plan(Graph, Options(_ => { }), 1, previous), "x").Message, StringComparison.Ordinal);

        static string Reason(HeterogeneousGraph graph) => TrainingFailure.Diverged(TestGraphs.Plan(graph, Options(_ => { }), 1), "x").Message;
    }

    private static LightGcnTrainer.Options Options(Action<LightGcnTrainer.Options> change)
    {
        LightGcnTrainer.Options options = new()
        {
            EmbeddingDimension = 8, EpochCount = 2, BatchSize = 32, Objective = new BprObjective(), Initialization = EmbeddingInitialization.Normal(), NumberOfThreads = 1,
        };
        change(options);
        return options;
    }

    private static void Run(LightGcnTrainer.Options options) =>
        new TrainingLoop(TestGraphs.Plan(Graph, options, 1), null, _ => { }, null, TestContext.Current.CancellationToken).Run(new CpuTrainingEngine());
}
