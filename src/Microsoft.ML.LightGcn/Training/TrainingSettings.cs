using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// The settings of a training run: checked and resolved, nothing is left to a default. Those that the trainer's options have too are of the same
/// name.
/// </summary>
internal sealed record TrainingSettings
{
    /// <summary>Components of an embedding.</summary>
    public required int EmbeddingDimension { get; init; }

    /// <summary>Number of propagation layers L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>L + 1 weights, from the embedding itself to the last layer.</summary>
    public required float[] LayerWeights { get; init; }

    /// <summary>Of the rows kept between hops.</summary>
    public required PropagationPrecision PropagationPrecision { get; init; }

    /// <summary>What training minimises.</summary>
    public required TrainingObjective Objective { get; init; }

    /// <summary>What is added to the inner product of embeddings; null for nothing. Training itself knows nothing of it.</summary>
    public required ItemNeighbourhood? Neighbourhood { get; init; }

    /// <summary>How positive pairs are drawn.</summary>
    public required PositiveSampling Positives { get; init; }

    /// <summary>Positive pairs in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Number of steps in an epoch; null for a full pass over the interactions.</summary>
    public required int? StepsPerEpoch { get; init; }

    /// <summary>The maximum number of epochs.</summary>
    public required int EpochCount { get; init; }

    /// <summary>Adam's learning rate.</summary>
    public required float LearningRate { get; init; }

    /// <summary>How the learning rate falls.</summary>
    public required LearningRateDecay LearningRateDecay { get; init; }

    /// <summary>Adam's own L2.</summary>
    public required float WeightDecay { get; init; }

    /// <summary>L2 on the batch's layer-0 embeddings.</summary>
    public required float BatchL2 { get; init; }

    /// <summary>The embeddings before training.</summary>
    public required EmbeddingInitialization Initialization { get; init; }

    /// <summary>The metric that chooses the best epoch.</summary>
    public required RankingMetric ValidationMetric { get; init; }

    /// <summary>Its cutoff.</summary>
    public required int ValidationCutoff { get; init; }

    /// <summary>Number of validation users; null for all.</summary>
    public required int? ValidationUserCount { get; init; }

    /// <summary>Epochs without a better metric after which training stops; null never stops.</summary>
    public required int? Patience { get; init; }

    /// <summary>The seed of every random draw.</summary>
    public required int Seed { get; init; }

    /// <summary>Number of threads; makes no difference to the result.</summary>
    public required int ThreadCount { get; init; }
}
