namespace Microsoft.ML.LightGcn;

/// <summary>What an engine trains: everything is checked and resolved, nothing is left to a default.</summary>
public sealed class TrainingPlan
{
    internal TrainingPlan(BipartiteGraph graph, LightGcnTrainer.Options options, float[] layerWeights, int seed, int threadCount, int stepsPerEpoch, Action<Span<float>> initialize)
    {
        Graph = graph;
        Options = options;
        LayerWeights = layerWeights;
        Seed = seed;
        ThreadCount = threadCount;
        StepsPerEpoch = stepsPerEpoch;
        Initialize = initialize;
    }

    /// <summary>The training interactions.</summary>
    public BipartiteGraph Graph { get; }

    /// <summary>The trainer's settings.</summary>
    public LightGcnTrainer.Options Options { get; }

    /// <summary>LayerCount + 1 weights, from the embedding itself to the last layer.</summary>
    public IReadOnlyList<float> LayerWeights { get; }

    /// <summary>The seed of every random draw.</summary>
    public int Seed { get; }

    /// <summary>Number of threads.</summary>
    public int ThreadCount { get; }

    /// <summary>Number of batches in an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>
    /// Writes the initial layer-0 embeddings, row-major (users + items) x dimension, users first.
    /// </summary>
    public Action<Span<float>> Initialize { get; }
}

/// <summary>What training learned, row-major: user rows and item rows of <see cref="LightGcnTrainer.Options.EmbeddingDimension"/> components.</summary>
/// <param name="Users">Final (propagated) user embeddings: the score of a pair is the inner product of its two rows.</param>
/// <param name="Items">Final (propagated) item embeddings.</param>
/// <param name="BaseUsers">Layer-0 user embeddings: the learned parameters.</param>
/// <param name="BaseItems">Layer-0 item embeddings.</param>
public sealed record TrainedEmbeddings(float[] Users, float[] Items, float[] BaseUsers, float[] BaseItems);
