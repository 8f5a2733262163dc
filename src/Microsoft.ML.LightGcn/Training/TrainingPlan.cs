using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>What an engine trains: everything is checked and resolved, nothing is left to a default.</summary>
public sealed class TrainingPlan
{
    // A step costs a propagation over the whole graph whatever its batch, so a pass has about as many steps on any data.
    private const int AutomaticStepsPerPass = 100;
    private const int SmallestAutomaticBatch = 16;
    private const int LargestAutomaticBatch = 1 << 18;

    private readonly Func<int, ReadOnlySpan<float>> _continueFrom;

    /// <param name="graph">The training interactions.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="seed">The seed of every random draw.</param>
    /// <param name="continueFrom">The layer-0 embedding that a node starts from; an empty span for a node that starts fresh.</param>
    internal TrainingPlan(BipartiteGraph graph, LightGcnTrainer.Options options, int seed, Func<int, ReadOnlySpan<float>> continueFrom)
        : this(new HeterogeneousGraph(graph), options, seed, continueFrom)
    {
    }

    /// <param name="graph">The training interactions and relations.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="seed">The seed of every random draw.</param>
    /// <param name="continueFrom">The layer-0 embedding that a node starts from; an empty span for a node that starts fresh.</param>
    internal TrainingPlan(HeterogeneousGraph graph, LightGcnTrainer.Options options, int seed, Func<int, ReadOnlySpan<float>> continueFrom)
    {
        PropagationGraph = graph;
        Options = options;
        Seed = seed;
        LayerWeights = options.LayerWeights ?? [.. Enumerable.Repeat(1f / (options.LayerCount + 1), options.LayerCount + 1)];
        ThreadCount = options.NumberOfThreads ?? Environment.ProcessorCount;
        BatchSize = options.BatchSize ?? Math.Clamp(Graph.InteractionCount / AutomaticStepsPerPass, SmallestAutomaticBatch, LargestAutomaticBatch);
        SamplesPerEpoch = options.StepsPerEpoch is int steps ? (long)steps * BatchSize : Graph.InteractionCount;
        _continueFrom = continueFrom;
    }

    /// <summary>The trainer's environment in ML.NET, for an engine's messages to the log; null outside a trainer.</summary>
    public IHostEnvironment? Host { get; internal init; }

    /// <summary>The training interactions: what samples are drawn from.</summary>
    public BipartiteGraph Graph => PropagationGraph.Interactions;

    /// <summary>Number of nodes that have an embedding: users, items, and the attributes of <see cref="LightGcnTrainer.Options.Relations"/>.</summary>
    public int NodeCount => PropagationGraph.NodeCount;

    /// <summary>What embeddings are propagated over: the interactions with their weights, and the relations.</summary>
    internal HeterogeneousGraph PropagationGraph { get; }

    /// <summary>The trainer's settings.</summary>
    public LightGcnTrainer.Options Options { get; }

    /// <summary>LayerCount + 1 weights, from the embedding itself to the last layer.</summary>
    public IReadOnlyList<float> LayerWeights { get; }

    /// <summary>The seed of every random draw.</summary>
    public int Seed { get; }

    /// <summary>Number of threads, at least 1.</summary>
    public int ThreadCount { get; }

    /// <summary>Positive samples in a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Number of positive samples in an epoch; the last batch of a full pass may be smaller than the others.</summary>
    public long SamplesPerEpoch { get; }

    /// <summary>Number of steps in an epoch.</summary>
    public long StepsPerEpoch => (SamplesPerEpoch + BatchSize - 1) / BatchSize;

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The step, from 0, over all epochs.</param>
    public double LearningRateAt(long step)
    {
        double done = (double)step / (StepsPerEpoch * Options.EpochCount);
        return Options.LearningRate * Options.LearningRateDecay switch
        {
            LearningRateDecay.Linear => 1 - done,
            LearningRateDecay.Cosine => (1 + Math.Cos(Math.PI * done)) / 2,
            _ => 1,
        };
    }

    /// <summary>The layer-0 embedding of the model to continue from that a node starts with; empty for a node that starts fresh.</summary>
    internal ReadOnlySpan<float> PreviousRow(int node) => _continueFrom(node);

    /// <summary>Writes the layer-0 embedding that every node starts with; to be called once.</summary>
    /// <param name="rowOf">
    /// Gives the destination of a node's row, <see cref="LightGcnTrainer.Options.EmbeddingDimension"/> components. Users are
    /// nodes 0 to UserCount-1; item i is node UserCount + i; attributes follow, to <see cref="NodeCount"/>-1. Rows are read again
    /// once they are written.
    /// </param>
    public void InitializeEmbeddings(Func<int, Span<float>> rowOf) => new InitialEmbeddings(this).Write(rowOf);
}
