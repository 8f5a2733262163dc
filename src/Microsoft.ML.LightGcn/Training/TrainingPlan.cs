using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>What an engine trains, and the arithmetic of steps that every engine shares.</summary>
internal sealed class TrainingPlan
{
    // A step costs a propagation over the whole graph whatever its batch, so an epoch has about as many steps on any data, and fewer on large ones:
    // time then grows with the root of the data's size, and more of what is learned comes with the start and the weights from item to item.
    private const int AutomaticStepsPerEpoch = 100, SmallestAutomaticBatch = 16, LargestAutomaticBatch = 1 << 17;
    private const double InteractionsOfAllSteps = 4e5;

    // A batch has five rows a sample beside the tables of all nodes: less than one table then. Larger batches of dense data took more memory, and ranked
    // no better beside the weights from item to item (docs/tuning.md).
    private const int NodesOfASample = 6;

    /// <param name="graph">The training interactions and relations.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="previous">
    /// The layer-0 embeddings of the model that training continues from; empty or zero for a node that starts fresh. Null to start fresh.
    /// </param>
    /// <param name="host">Who started training; null for nobody.</param>
    public TrainingPlan(HeterogeneousGraph graph, TrainingSettings settings, PreviousEmbeddings? previous = null, TrainingHost? host = null)
    {
        Graph = graph;
        settings = settings with { Objective = settings.Objective.Resolve(graph.Interactions) };
        Settings = settings;
        Previous = previous;
        Host = host ?? TrainingHost.None;
        SamplesPerEpoch = settings.StepsPerEpoch is int steps ? (long)steps * settings.BatchSize : Interactions.InteractionCount;
        BatchCapacity = (int)Math.Min(settings.BatchSize, SamplesPerEpoch);
        Known = KnownNodes.Where(Layout, node => graph.HasEdges(node) || (previous is not null && previous[node].ContainsAnyExcept(0f)));
        double filled = Math.Min(1, (double)RankBound(Interactions) / settings.EmbeddingDimension);
        LearningRateScale = settings.Initialization.IterationCount is null ? 1 : filled * filled;
        NegativeCount = settings.Objective is SampledSoftmaxObjective softmax ? Matrix.StrideOf(softmax.NegativeCount) : 0;
    }

    /// <summary>What embeddings are propagated over: the interactions with their weights, and the relations.</summary>
    public HeterogeneousGraph Graph { get; }

    /// <summary>The training interactions: what samples are drawn from.</summary>
    public BipartiteGraph Interactions => Graph.Interactions;

    /// <summary>The nodes that have an embedding.</summary>
    public NodeLayout Layout => Graph.Layout;

    /// <summary>The settings; the objective is what it is on these interactions.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>Layer-0 embeddings of the model to continue from; null to start fresh.</summary>
    public PreviousEmbeddings? Previous { get; }

    /// <summary>
    /// The users and items that have edges, or an embedding of the model to continue from. The others have none in the end, though negatives that are
    /// drawn among all items move those of items.
    /// </summary>
    public KnownNodes Known { get; }

    /// <summary>Who started training.</summary>
    public TrainingHost Host { get; }

    /// <summary>Number of positive samples in an epoch; the last batch of a full pass may be smaller than the others.</summary>
    public long SamplesPerEpoch { get; }

    /// <summary>Number of steps in an epoch.</summary>
    public long StepsPerEpoch => (SamplesPerEpoch + Settings.BatchSize - 1) / Settings.BatchSize;

    /// <summary>The maximum number of samples in a batch.</summary>
    public int BatchCapacity { get; }

    /// <summary>
    /// What every learning rate is multiplied by: 1 with a random start; with a spectral one min(1, r / d)^2, r the number of users or of items
    /// that have interactions, whichever is less, and d the embedding dimension.
    /// </summary>
    /// <remarks>
    /// The graph's rank is at most r. Where d reaches it, nothing need be left out any more: the start holds the whole graph, and embeddings
    /// exist that give every pair chosen a high score and every other pair a low one. From there training can but learn the gaps by heart, which are what
    /// is to be recommended, and Adam moves a component by about the rate however small its gradient. So the less of d the graph can fill, the less
    /// training adds to the start. docs/tuning.md says why squared.
    /// </remarks>
    public double LearningRateScale { get; }

    /// <summary>Number of negatives that a batch of <see cref="SampledSoftmaxObjective"/> shares: whole cache lines of scores.</summary>
    public int NegativeCount { get; }

    /// <summary>The batch size where none is given: a hundredth of the interactions, at most a sample for six nodes, within limits.</summary>
    public static int AutomaticBatchSize(int interactionCount, int nodeCount) => Math.Clamp(
        Math.Min(interactionCount / AutomaticStepsPerEpoch, nodeCount / NodesOfASample), SmallestAutomaticBatch, LargestAutomaticBatch);

    /// <summary>The number of steps of an epoch where neither it nor the batch size is given; null for a full pass over the interactions.</summary>
    public static int? AutomaticSteps(int interactionCount, int nodeCount)
    {
        int most = (int)Math.Ceiling(AutomaticStepsPerEpoch * Math.Sqrt(Math.Min(1, InteractionsOfAllSteps / interactionCount)));
        return (long)most * AutomaticBatchSize(interactionCount, nodeCount) < interactionCount ? most : null;
    }

    /// <summary>Checks that the tables of a batch fit an array, before any is made.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They don't; the message names the batch size.</exception>
    public void CheckSizes()
    {
        long most = Matrix.MaxLength / Matrix.StrideOf(Settings.EmbeddingDimension);
        string limit = $"as an array holds at most {Expect.Text(Matrix.MaxLength)} numbers";
        if (Settings.Objective is SampledSoftmaxObjective && BatchCapacity > most)
            throw Expect.Option(
                nameof(Settings.BatchSize),
                $"at most {Expect.Text(most)} with {Expect.Text(Settings.EmbeddingDimension)} for {nameof(Settings.EmbeddingDimension)}, {limit}",
                BatchCapacity);
    }

    /// <summary>The samples of a step: the number of the first, and how many.</summary>
    /// <param name="step">The step, from 0, over all epochs.</param>
    public (long First, int Count) SamplesOf(long step)
    {
        (long epoch, long stepOfEpoch) = Math.DivRem(step, StepsPerEpoch);
        long within = stepOfEpoch * Settings.BatchSize;
        return (epoch * SamplesPerEpoch + within, (int)Math.Min(Settings.BatchSize, SamplesPerEpoch - within));
    }

    /// <summary>The factors of Adam in a step.</summary>
    /// <param name="step">The step, from 0, over all epochs.</param>
    public Adam.Step AdamStep(long step) => new(step + 1, LearningRateAt(step), Settings.WeightDecay);

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The step, from 0, over all epochs.</param>
    public double LearningRateAt(long step)
    {
        double done = (double)step / (StepsPerEpoch * Settings.EpochCount);
        return LearningRateScale * Settings.LearningRate * Settings.LearningRateDecay switch
        {
            LearningRateDecay.Linear => 1 - done,
            LearningRateDecay.Cosine => (1 + Math.Cos(Math.PI * done)) / 2,
            _ => 1,
        };
    }

    private static int RankBound(BipartiteGraph graph) =>
        Math.Min(Enumerable.Range(0, graph.UserCount).Count(user => !graph.ItemsOf(user).IsEmpty),
            Enumerable.Range(0, graph.ItemCount).Count(item => !graph.UsersOf(item).IsEmpty));
}

/// <summary>What training asks of whoever started it.</summary>
/// <param name="Info">Takes a message for the log.</param>
/// <param name="Warn">Takes a warning for the log.</param>
/// <param name="Gpu">Says which GPU to use, null for any, and whether to use the processor where there is none; only asked by engines for GPUs.</param>
internal sealed record TrainingHost(Action<string> Info, Action<string> Warn, Func<(int? DeviceId, bool FallbackToCpu)> Gpu)
{
    /// <summary>Nobody.</summary>
    public static TrainingHost None { get; } = new(_ => { }, _ => { }, () => (null, false));
}
