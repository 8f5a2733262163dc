using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// The part of a LightGCN's scores that comes from item to item: for a user and an item i the sum, over the items j in the user's history, of sparse
/// weights W_ji, which are computed in closed form before training (see <see cref="SlimTrainer"/>).
/// </summary>
/// <remarks>
/// Embeddings of d components hold no more than d directions of taste, and say little that is particular to two items. The weights do, and need no
/// training: with them a small model that is trained shortly ranks better than a large one that is trained long. They take 8 bytes each in
/// memory, as much again once a model recommends, and <see cref="NeighbourCount"/> of them an item. Interaction weights and relations have no part in them:
/// an item without interactions has none. The item-to-item part of integrated models is Koren's (KDD 2008).
/// </remarks>
public sealed record ItemNeighbourhood
{
    /// <summary>
    /// How much the part counts, 0 to 1,000: the standard deviation of its scores over that of the embeddings' inner products, over users and items.
    /// 0 leaves it without effect. Null is the root of s m / 35, at least 0.15 and at most 0.8: s is the share of pairs for which the part is not zero,
    /// since at the same deviation a part that is zero for most pairs is large for the others; m is the mean number of interactions of an item, since
    /// weights from many interactions are sure.
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
