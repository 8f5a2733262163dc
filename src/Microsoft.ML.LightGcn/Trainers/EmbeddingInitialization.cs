namespace Microsoft.ML.LightGcn;

/// <summary>The distribution of the embeddings before training.</summary>
public sealed record EmbeddingInitialization
{
    private EmbeddingInitialization(float? standardDeviation) => StandardDeviation = standardDeviation;

    /// <summary>Standard deviation of the normal distribution; null for Xavier uniform.</summary>
    public float? StandardDeviation { get; }

    /// <summary>
    /// Uniform on [-a, a], a = sqrt(6 / (users + items + dimension)): Glorot and Bengio (2010), applied to the whole
    /// embedding table as PyTorch's xavier_uniform_ does.
    /// </summary>
    public static EmbeddingInitialization XavierUniform { get; } = new((float?)null);

    /// <summary>Normal with mean 0.</summary>
    /// <param name="standardDeviation">Standard deviation, greater than 0 and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is not a positive finite number.</exception>
    public static EmbeddingInitialization Normal(float standardDeviation = 0.1f)
    {
        if (!(standardDeviation > 0 && float.IsFinite(standardDeviation)))
            throw new ArgumentOutOfRangeException(nameof(standardDeviation), standardDeviation, "Expected a positive finite number.");
        return new EmbeddingInitialization(standardDeviation);
    }
}
