using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>The distribution of the embeddings before training.</summary>
public sealed record EmbeddingInitialization
{
    private EmbeddingInitialization(float? standardDeviation, int? iterationCount = null)
    {
        StandardDeviation = standardDeviation;
        IterationCount = iterationCount;
    }

    /// <summary>
    /// Standard deviation of the components of a normal start, or root mean square of those of a spectral start; null for Xavier uniform.
    /// </summary>
    public float? StandardDeviation { get; }

    /// <summary>Number of multiplications of the spectral start; null for a random start.</summary>
    public int? IterationCount { get; }

    /// <summary>
    /// Uniform on [-a, a] with a = sqrt(6 / (nodes + dimension)): Glorot and Bengio ("Understanding the difficulty of training deep feedforward neural
    /// networks", AISTATS 2010), applied to the whole embedding table as PyTorch's xavier_uniform_ does.
    /// </summary>
    public static EmbeddingInitialization XavierUniform { get; } = new((float?)null);

    /// <summary>Normal with mean 0.</summary>
    /// <param name="standardDeviation">Standard deviation, 1E-06 to 100: at both ends, single precision holds the squares of embeddings.</param>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is out of range.</exception>
    public static EmbeddingInitialization Normal(float standardDeviation = 0.1f)
    {
        CheckDeviation(standardDeviation);
        return new EmbeddingInitialization(standardDeviation);
    }

    /// <summary>
    /// From the graph. A random table of items is multiplied by R~^T R~, where R~ = D_u^-1/2 R D_i^-1/2 is the normalised interaction matrix, and its
    /// columns are made orthonormal; this is repeated a few times. A user starts in the direction of the normalised sum of the user's items, and an
    /// attribute in the direction of the items or users that have it. Every row gets the same length. Components beyond the rank of the matrix are zero
    /// and stay zero. The start takes as long as a few propagations.
    /// </summary>
    /// <param name="iterationCount">
    /// Number of multiplications, 1 to 1,000. Many lead to the leading singular vectors (Halko, Martinsson and Tropp, "Finding structure with
    /// randomness", SIAM Review 2011); few keep more of the rest of the graph.
    /// </param>
    /// <param name="standardDeviation">Root mean square of the components that are within the rank, 1E-06 to 100.</param>
    /// <remarks>
    /// When training continues from a model, a node that the model does not know starts in the direction of its neighbours' embeddings in that model.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static EmbeddingInitialization Spectral(int iterationCount = 2, float standardDeviation = 0.1f)
    {
        Expect.ArgumentBetween(1, 1000, iterationCount);
        CheckDeviation(standardDeviation);
        return new EmbeddingInitialization(standardDeviation, iterationCount);
    }

    private static void CheckDeviation(float standardDeviation) => Expect.ArgumentBetween(1e-6f, 100, standardDeviation);
}
