using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>What training minimises. Choose one of the derived records.</summary>
public abstract record TrainingObjective
{
    private protected TrainingObjective()
    {
    }

    internal abstract void Validate();

    /// <summary>This objective with nothing left to a rule: what it is on these interactions.</summary>
    internal virtual TrainingObjective Resolve(BipartiteGraph interactions) => this;
}

/// <summary>
/// Bayesian personalised ranking (Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009): the mean over sampled (user,
/// positive, negative) triples of -log sigmoid(s(user, positive) - s(user, negative)).
/// </summary>
public sealed record BprObjective : TrainingObjective
{
    /// <summary>How negative items are drawn. No negative is one of the user's own items.</summary>
    public NegativeSampling Negatives { get; init; } = NegativeSampling.Uniform;

    internal override void Validate() => Expect.NotNull(Negatives, "Objective.Negatives");
}

/// <summary>
/// Sampled softmax: the mean over positive pairs of the cross-entropy of the positive among negatives that the whole batch shares. Logits are cosines of
/// the embeddings, divided by a temperature. Negatives are drawn in proportion to how often an item was chosen. A negative that is one of a user's own
/// items does not count for that user.
/// </summary>
/// <remarks>
/// Each positive is compared with <see cref="NegativeCount"/> items, where <see cref="BprObjective"/> compares it with one, at the cost of dense
/// products. The model's scores are inner products all the same (Wu et al., "On the Effectiveness of Sampled Softmax Loss for Item Recommendation", TOIS
/// 2024). Cosines learn no lengths. The length of an item's embedding comes from the graph, and grows with how often the item was chosen.
/// <see cref="LengthExponent"/> says how much of the length the model's scores keep. <see cref="Shrinkage"/> brings the scores of items that few users
/// chose nearer to 0.
/// </remarks>
public sealed record SampledSoftmaxObjective : TrainingObjective
{
    private const double AutomaticShrinkage = 80, GreatestAutomaticShrinkage = 100;
    private const double AutomaticTemperature = 1.4, LeastAutomaticTemperature = 0.08, GreatestAutomaticTemperature = 0.3;
    private const double AutomaticCorrection = 6, CorrectionOfDenseData = 0.4, LeastAutomaticCorrection = 0.7, GreatestAutomaticCorrection = 2;

    /// <summary>
    /// What cosines are divided by, 0.001 to 100. A lower temperature gives more weight to the negatives that score highest. Null is 1.4 / m, at least
    /// 0.08 and at most 0.3, with m the mean number of interactions of the items that have any: where m is small, what sets an item apart is mostly
    /// chance.
    /// </summary>
    public float? Temperature { get; init; }

    /// <summary>
    /// How much of the negatives' popularity is corrected, 0 to 10: this times the logarithm of how often an item was chosen is subtracted from its logit
    /// in training. At 0, the model learns how likely a user is to choose an item relative to the item's popularity. At 1, it learns how likely the user
    /// is to choose it (Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019). Above 1, it favours
    /// popular items. Null is 0.4 + 6 / m, at least 0.7 and at most 2, with m the mean number of interactions of the items that have any.
    /// </summary>
    public float? FrequencyCorrection { get; init; }

    /// <summary>
    /// The power to which the length of an item's embedding is raised in the trained model, 0 to 4. At 0, items are ranked by the cosine with the user;
    /// at 1, by the inner product of the propagated embeddings; in both cases before <see cref="Shrinkage"/>.
    /// </summary>
    public float LengthExponent { get; init; } = 0.4f;

    /// <summary>
    /// The number of interactions at which an item's scores are halved, 0 to 1,000,000. In the trained model, an item's embedding is multiplied by d^2 /
    /// (d^2 + this^2), with d the number of its interactions plus, with <see cref="LightGcnTrainer.Options.Relations"/>, the sum of strength times weight
    /// over its edges. What few interactions say of an item is mostly chance, and among many items chance makes the highest cosines. An item without
    /// interactions is not shrunk. Null is 80 / m^2, at most 100, with m the mean number of interactions of the items that have any: much where items
    /// have two or three, next to nothing where they have tens.
    /// </summary>
    public float? Shrinkage { get; init; }

    /// <summary>
    /// Number of negatives that a batch shares, 1 to 65,536, rounded up to a multiple of 16. It is also at most about 2^27 /
    /// <see cref="LightGcnTrainer.Options.EmbeddingDimension"/>, as the gradient of each takes 16 rows of an array. The time of a step grows with this
    /// number, and more than some thousands gain nothing.
    /// </summary>
    public int NegativeCount { get; init; } = 1024;

    internal override void Validate()
    {
        if (Temperature is float temperature)
            Expect.Between(0.001f, 100, temperature, "Objective.Temperature");
        Expect.Between(1, 1 << 16, NegativeCount, "Objective.NegativeCount");
        if (FrequencyCorrection is float correction)
            Expect.Between(0f, 10, correction, "Objective.FrequencyCorrection");
        Expect.Between(0f, 4, LengthExponent, "Objective.LengthExponent");
        if (Shrinkage is float shrinkage)
            Expect.Between(0f, 1e6f, shrinkage, "Objective.Shrinkage");
    }

    /// <summary>The sparser the data, the less cosines say beside popularity (docs/tuning.md).</summary>
    internal override TrainingObjective Resolve(BipartiteGraph interactions)
    {
        int chosen = Enumerable.Range(0, interactions.ItemCount).Count(item => !interactions.UsersOf(item).IsEmpty);
        double mean = interactions.InteractionCount / (double)Math.Max(1, chosen);
        return this with
        {
            Temperature = Temperature ?? (float)Math.Clamp(AutomaticTemperature / mean, LeastAutomaticTemperature, GreatestAutomaticTemperature),
            FrequencyCorrection = FrequencyCorrection
                ?? (float)Math.Clamp(CorrectionOfDenseData + AutomaticCorrection / mean, LeastAutomaticCorrection, GreatestAutomaticCorrection),
            Shrinkage = Shrinkage ?? (float)Math.Min(GreatestAutomaticShrinkage, AutomaticShrinkage / (mean * mean)),
        };
    }
}

/// <summary>How a negative item is drawn for a user with <see cref="BprObjective"/>. A user's own training items are never drawn.</summary>
public sealed record NegativeSampling
{
    private NegativeSampling(int popularPoolSize, double popularProbability)
    {
        PopularPoolSize = popularPoolSize;
        PopularProbability = popularProbability;
    }

    /// <summary>Every item that the user has not interacted with is equally likely.</summary>
    public static NegativeSampling Uniform { get; } = new(0, 0);

    /// <summary>Number of the most popular training items that form the pool; 0 when sampling is uniform.</summary>
    public int PopularPoolSize { get; }

    /// <summary>Probability, 0 to 1, that a negative comes from the pool rather than from all items.</summary>
    public double PopularProbability { get; }

    /// <summary>
    /// With the given probability, a negative is one of the most popular items, each equally likely; otherwise, it is any item. It is drawn again if it
    /// is one of the user's own.
    /// </summary>
    /// <param name="poolSize">Number of most popular items in the pool, at least 1; more than there are items means all.</param>
    /// <param name="probability">Probability of drawing from the pool, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static NegativeSampling PopularityBiased(int poolSize = 2000, double probability = 0.7)
    {
        Expect.ArgumentBetween(1, int.MaxValue, poolSize);
        Expect.ArgumentBetween(0, 1, probability);
        return new NegativeSampling(poolSize, probability);
    }
}

/// <summary>How the positive (user, item) pairs of a batch are drawn.</summary>
public enum PositiveSampling
{
    /// <summary>Every interaction is equally likely; a full pass visits each of them exactly once, in random order.</summary>
    ByInteraction,

    /// <summary>Every user with interactions is equally likely, then every item of that user (the notebook and the paper's code).</summary>
    ByUser,
}
