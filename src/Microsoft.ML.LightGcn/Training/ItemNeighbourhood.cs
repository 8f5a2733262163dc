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
/// <see cref="NeighbourCount"/> weights for each item. A weight takes 16 bytes in memory; in a loaded model it takes 8 until the model
/// recommends. Weights of interactions and relations have no influence on them, and an item without interactions has none. Integrated models with an
/// item-to-item part are Koren's ("Factorization meets the neighborhood", KDD 2008).
/// </remarks>
public sealed record ItemNeighbourhood
{
    /// <summary>
    /// How much the part counts, 0 to 1,000: the ratio of the standard deviation of its scores to that of the embeddings' inner products, over users and
    /// items. 0 leaves it without effect. Null is 0.65 s^0.5 (m / 20)^0.6, at least 0.1 and at most 0.8. Here s is the share of (user, item) pairs for
    /// which the part is not zero: at the same deviation, a part that is zero for most pairs is large for the others. And m is the mean number of
    /// interactions of the items that have any, but at least 20: weights from many interactions are more certain.
    /// </summary>
    public float? Weight { get; init; }

    /// <summary>
    /// Rho, 1 to 4: a weight b of the regression becomes sign(b) |b|^rho, so that strong weights count for more and weak ones for less ("case
    /// amplification": Breese, Heckerman and Kadie, UAI 1998). 1 leaves the weights as they are. Null is 1.3 - 0.1 log2(m / 20), at least 1 and at most
    /// 1.3, with m the mean number of interactions of the items that have any: weak weights from few interactions are mostly chance, and what is true
    /// of them the embeddings say too.
    /// </summary>
    public float? Amplification { get; init; }

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
        new(NeighbourCount, Regularization, UserDegreeExponent, PopularityExponent, DropoutRate, MaximumHistoryLength, Amplification);

    internal void Validate()
    {
        if (Weight is float weight)
            Expect.Between(0f, 1000, weight, "Neighbourhood.Weight");
        Settings.Validate("Neighbourhood.");
    }
}
