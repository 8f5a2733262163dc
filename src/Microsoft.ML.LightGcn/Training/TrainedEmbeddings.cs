namespace Microsoft.ML.LightGcn;

/// <summary>What training learned, row-major: user rows and item rows of <see cref="LightGcnTrainer.Options.EmbeddingDimension"/> components.</summary>
/// <param name="Users">Final (propagated) user embeddings: the score of a pair is the inner product of its two rows.</param>
/// <param name="Items">Final (propagated) item embeddings, as they score: with <see cref="SampledSoftmaxObjective.LengthExponent"/> and <see cref="SampledSoftmaxObjective.Shrinkage"/> applied.</param>
/// <param name="BaseUsers">Layer-0 user embeddings: the learned parameters.</param>
/// <param name="BaseItems">Layer-0 item embeddings.</param>
public sealed record TrainedEmbeddings(float[] Users, float[] Items, float[] BaseUsers, float[] BaseItems)
{
    /// <summary>Layer-0 embeddings of the attributes, those of the first of <see cref="LightGcnTrainer.Options.Relations"/> first.</summary>
    public float[] BaseAttributes { get; init; } = [];
}
