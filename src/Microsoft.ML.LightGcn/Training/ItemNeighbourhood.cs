using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// The part of a LightGCN's scores that comes from item to item. For a user and an item i it is the sum of sparse weights W_ji over the items j in the
/// user's history. The weights are computed in closed form before training (see <see cref="SlimTrainer"/>).
/// </summary>
/// <remarks>
/// Embeddings of d components hold no more than d directions of taste, and say little that is particular to two items. The weights say that, and need no
/// training: with them, a small model after a short training ranks better than a large one after a long training. There are up to
/// <see cref="NeighbourCount"/> weights for each item. A weight takes 8 bytes in memory, and as much again once a model recommends. Weights of
/// interactions and relations have no influence on them, and an item without interactions has none. Integrated models with an item-to-item part are
/// Koren's ("Factorization meets the neighborhood", KDD 2008).
/// </remarks>
public sealed record ItemNeighbourhood
{
    /// <summary>
    /// How much the part counts, 0 to 1,000: the ratio of the standard deviation of its scores to that of the embeddings' inner products, over users and
    /// items. 0 leaves it without effect. Null is the root of s m / 35, at least 0.15 and at most 0.8. Here s is the share of (user, item) pairs for
    /// which the part is not zero: at the same deviation, a part that is zero for most pairs is large for the others. And m is the mean number of
    /// interactions of the items that have any: weights from many interactions are more certain.
    /// </summary>
    public float? Weight { get; init; }

    /// <inheritdoc cref="SlimTrainer.Options.NeighbourCount"/>
    public int NeighbourCount { get; init; } = NeighbourRegressionSettings.DefaultNeighbourCount;

    /// <inheritdoc cref="SlimTrainer.Options.Regularization"/>
    public float Regularization { get; init; } = NeighbourRegressionSettings.DefaultRegularization;

    /// <inheritdoc cref="SlimTrainer.Options.UserDegreeExponent"/>
    public float UserDegreeExponent { get; init; } = NeighbourRegressionSettings.DefaultUserDegreeExponent;

    /// <inheritdoc cref="SlimTrainer.Options.PopularityExponent"/>
    public float? PopularityExponent { get; init; }

    /// <inheritdoc cref="SlimTrainer.Options.DropoutRate"/>
    public float DropoutRate { get; init; } = NeighbourRegressionSettings.DefaultDropoutRate;

    /// <inheritdoc cref="SlimTrainer.Options.MaximumHistoryLength"/>
    public int MaximumHistoryLength { get; init; } = NeighbourRegressionSettings.DefaultMaximumHistoryLength;

    internal NeighbourRegressionSettings Settings =>
        new(NeighbourCount, Regularization, UserDegreeExponent, PopularityExponent, DropoutRate, MaximumHistoryLength);

    internal void Validate()
    {
        if (Weight is float weight)
            Expect.Between(0f, 1000, weight, "Neighbourhood.Weight");
        Settings.Validate("Neighbourhood.");
    }
}
