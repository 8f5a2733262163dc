using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>What an engine trains: everything is checked and resolved, nothing is left to a default.</summary>
public sealed class TrainingPlan
{
    private readonly Func<int, ReadOnlySpan<float>> _continueFrom;

    /// <param name="graph">The training interactions.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="seed">The seed of every random draw.</param>
    /// <param name="continueFrom">The layer-0 embedding that a node starts from; an empty span for a node that starts fresh.</param>
    internal TrainingPlan(BipartiteGraph graph, LightGcnTrainer.Options options, int seed, Func<int, ReadOnlySpan<float>> continueFrom)
    {
        Graph = graph;
        Options = options;
        Seed = seed;
        LayerWeights = options.LayerWeights ?? [.. Enumerable.Repeat(1f / (options.LayerCount + 1), options.LayerCount + 1)];
        ThreadCount = options.NumberOfThreads ?? Environment.ProcessorCount;
        SamplesPerEpoch = options.StepsPerEpoch is int steps ? (long)steps * options.BatchSize : graph.InteractionCount;
        _continueFrom = continueFrom;
    }

    /// <summary>The trainer's environment in ML.NET, for an engine's messages to the log; null outside a trainer.</summary>
    public IHostEnvironment? Host { get; internal init; }

    /// <summary>The training interactions.</summary>
    public BipartiteGraph Graph { get; }

    /// <summary>The trainer's settings.</summary>
    public LightGcnTrainer.Options Options { get; }

    /// <summary>LayerCount + 1 weights, from the embedding itself to the last layer.</summary>
    public IReadOnlyList<float> LayerWeights { get; }

    /// <summary>The seed of every random draw.</summary>
    public int Seed { get; }

    /// <summary>Number of threads, at least 1.</summary>
    public int ThreadCount { get; }

    /// <summary>Number of positive samples in an epoch; the last batch of a full pass may be smaller than the others.</summary>
    public long SamplesPerEpoch { get; }

    /// <summary>Number of steps in an epoch.</summary>
    public long StepsPerEpoch => (SamplesPerEpoch + Options.BatchSize - 1) / Options.BatchSize;

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

    /// <summary>
    /// Writes the layer-0 embedding that a node starts with. A node without interactions that does not continue from a
    /// model starts at zero: it has no opinion, rather than a random one.
    /// </summary>
    /// <param name="node">Users are nodes 0 to UserCount-1; item i is node UserCount + i.</param>
    /// <param name="row">Destination of <see cref="LightGcnTrainer.Options.EmbeddingDimension"/> components.</param>
    public void InitializeRow(int node, Span<float> row)
    {
        ReadOnlySpan<float> previous = PreviousRow(node);
        if (!previous.IsEmpty)
        {
            previous.CopyTo(row);
            return;
        }
        int degree = node < Graph.UserCount ? Graph.ItemsOf(node).Length : Graph.UsersOf(node - Graph.UserCount).Length;
        if (degree == 0)
        {
            row.Clear();
            return;
        }
        RandomStream random = new(Seed, RandomPurpose.Initialization, node);
        if (Options.Initialization.StandardDeviation is float deviation)
            FillNormal(row, deviation, ref random);
        else
            FillUniform(row, Math.Sqrt(6.0 / ((double)Graph.UserCount + Graph.ItemCount + row.Length)), ref random);
    }

    private static void FillUniform(Span<float> row, double bound, ref RandomStream random)
    {
        foreach (ref float value in row)
            value = (float)((2 * random.NextDouble() - 1) * bound);
    }

    /// <summary>Box and Muller (1958): two normal numbers from two uniform ones.</summary>
    private static void FillNormal(Span<float> row, double deviation, ref RandomStream random)
    {
        for (int k = 0; k < row.Length; k += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            row[k] = (float)(radius * cosine);
            if (k + 1 < row.Length)
                row[k + 1] = (float)(radius * sine);
        }
    }
}
