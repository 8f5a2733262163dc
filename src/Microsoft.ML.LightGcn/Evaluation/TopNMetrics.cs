using Microsoft.ML.LightGcn.Evaluation;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Full-ranking metrics at one or more cutoffs: their means over the users, each with the same weight, and their values for each user.
/// </summary>
/// <remarks>
/// A held-out item's rank is the number of unseen candidates (<see cref="TopNEvaluationOptions.Candidates"/>) that score higher plus half the number of
/// others that score the same, so 0 is the best. It is a hit at K when its rank is below K. An item that the model knows nothing of is never a hit; nor
/// is any item for a user that the model knows nothing of.
/// </remarks>
public sealed class TopNMetrics
{
    private readonly int[] _cutoffs;
    private readonly HeldOutInteractions _heldOut;
    private readonly double[] _ranks;
    // In the order of the ranks, and descending for each user; empty where every gain is 1.
    private readonly float[] _gains = [], _idealGains = [];
    private readonly double[,] _means;
    private readonly CatalogueMetrics[]? _catalogue;

    /// <param name="heldOut">The held-out items of at least one user.</param>
    /// <param name="ranks">The rank of each held-out interaction, 0 for the best; halves come from ties.</param>
    /// <param name="cutoffs">Cutoffs, distinct and ascending.</param>
    /// <param name="catalogue">Metrics of the lists at each cutoff; null when they were not asked for.</param>
    internal TopNMetrics(HeldOutInteractions heldOut, double[] ranks, int[] cutoffs, CatalogueMetrics[]? catalogue = null)
    {
        _cutoffs = cutoffs;
        _heldOut = heldOut;
        _catalogue = catalogue;
        _ranks = [.. ranks];
        UnscoredHeldOutCount = ranks.Count(double.IsPositiveInfinity);
        if (heldOut.UserCount > 0 && !heldOut.GainsOf(0).IsEmpty)
            (_gains, _idealGains) = (new float[ranks.Length], new float[ranks.Length]);
        for (int position = 0; position < heldOut.UserCount; position++)
            Sort(position);
        RankingMetric[] metrics = Enum.GetValues<RankingMetric>();
        _means = new double[metrics.Length, cutoffs.Length];
        for (int k = 0; k < cutoffs.Length; k++)
        {
            for (int position = 0; position < heldOut.UserCount; position++)
            {
                UserMetrics user = MetricsOf(position, cutoffs[k]);
                foreach (RankingMetric metric in metrics)
                    _means[(int)metric, k] += user[metric];
            }
            foreach (RankingMetric metric in metrics)
                _means[(int)metric, k] /= heldOut.UserCount;
        }
    }

    /// <summary>The cutoffs K, ascending.</summary>
    public IReadOnlyList<int> Cutoffs => _cutoffs;

    /// <summary>Number of users that were evaluated: those that the options select and that have at least one ranked held-out item.</summary>
    public int UserCount => _heldOut.UserCount;

    /// <summary>Number of held-out interactions that were ranked.</summary>
    public int HeldOutCount => _heldOut.InteractionCount;

    /// <summary>
    /// Number of held-out interactions, of all users, that were left out because they are also among the seen ones, which are never recommended.
    /// </summary>
    public int SeenHeldOutCount => _heldOut.Counts.Seen;

    /// <summary>
    /// Number of held-out rows that were left out because the model does not know the user: the key is missing, or comes from a map that has grown since
    /// training. No metric counts them.
    /// </summary>
    public long UnknownUserHeldOutCount => _heldOut.Counts.UnknownUsers;

    /// <summary>Number of held-out rows of known users that were left out because the model does not know the item.</summary>
    public long UnknownItemHeldOutCount => _heldOut.Counts.UnknownItems;

    /// <summary>
    /// Number of held-out interactions, among the <see cref="HeldOutCount"/>, that rank last because their score is NaN: the model knows the keys of
    /// the user and the item, but knows nothing of one of them, most often because it had no training rows. Every metric counts them as misses.
    /// </summary>
    public int UnscoredHeldOutCount { get; }

    /// <summary>The evaluated users, 0-based, ascending (ML.NET key value k is user k-1): the order of <see cref="PerUser"/>.</summary>
    public ReadOnlySpan<int> Users => _heldOut.Users;

    /// <summary>The mean of a metric at a cutoff.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="cutoff">One of <see cref="Cutoffs"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cutoff is not one of <see cref="Cutoffs"/>.</exception>
    public double this[RankingMetric metric, int cutoff] => _means[(int)metric, IndexOf(cutoff)];

    /// <summary>A metric at a cutoff for each user, in the order of <see cref="Users"/>.</summary>
    /// <inheritdoc cref="this[RankingMetric, int]" path="/param|/exception"/>
    public double[] PerUser(RankingMetric metric, int cutoff)
    {
        IndexOf(cutoff);
        double[] values = new double[UserCount];
        for (int position = 0; position < values.Length; position++)
            values[position] = MetricsOf(position, cutoff)[metric];
        return values;
    }

    internal HeldOutInteractions HeldOut => _heldOut;

    /// <summary>The metrics of the recommended lists at a cutoff.</summary>
    /// <inheritdoc cref="this[RankingMetric, int]" path="/param[@name='cutoff']|/exception"/>
    /// <exception cref="InvalidOperationException"><see cref="TopNEvaluationOptions.WithCatalogueMetrics"/> was not set.</exception>
    public CatalogueMetrics Catalogue(int cutoff) => _catalogue is null
        ? throw new InvalidOperationException(
            $"Set {nameof(TopNEvaluationOptions)}.{nameof(TopNEvaluationOptions.WithCatalogueMetrics)} to compute these metrics.")
        : _catalogue[IndexOf(cutoff)];

    /// <summary>
    /// A bootstrap confidence interval of a mean (Efron, 1979): users are drawn with replacement, and the interval holds the middle share,
    /// <paramref name="level"/>, of the resampled means.
    /// </summary>
    /// <param name="metric">The metric.</param>
    /// <param name="cutoff">One of <see cref="Cutoffs"/>.</param>
    /// <param name="level">The share, above 0 and below 1.</param>
    /// <param name="resamples">Number of resamples, 100 to 1,000,000.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public ConfidenceInterval ConfidenceInterval(RankingMetric metric, int cutoff, double level = 0.95, int resamples = 1000, int seed = 0) =>
        Bootstrap.Interval(PerUser(metric, cutoff), level, resamples, seed);

    /// <summary>
    /// Compares two models over the same users: the difference of their means, its bootstrap interval, and the p-value of a
    /// paired randomisation test.
    /// </summary>
    /// <param name="other">The metrics of the other model on the same held-out interactions.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="cutoff">A cutoff that both have.</param>
    /// <param name="level">Level of the interval, above 0 and below 1.</param>
    /// <param name="resamples">Number of resamples of the bootstrap and of the test, 100 to 1,000,000.</param>
    /// <param name="seed">The same seed gives the same result.</param>
    /// <exception cref="ArgumentException">The two were evaluated on different users, held-out items or candidates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public TopNComparison CompareTo(TopNMetrics other, RankingMetric metric, int cutoff, double level = 0.95, int resamples = 1000, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!_heldOut.SameAs(other._heldOut))
            throw new ArgumentException(
                $"Expected metrics over the same held-out interactions ({UserCount} users, {HeldOutCount} interactions) and candidates, "
                + $"found others ({other.UserCount} users, {other.HeldOutCount} interactions).",
                nameof(other));
        double[] differences = PerUser(metric, cutoff);
        double[] theirs = other.PerUser(metric, cutoff);
        for (int user = 0; user < differences.Length; user++)
            differences[user] -= theirs[user];
        return new TopNComparison(
            differences.Average(), Bootstrap.Interval(differences, level, resamples, seed), Bootstrap.SignFlipPValue(differences, resamples, seed));
    }

    private Range RangeOf(int position) => _heldOut.Offsets[position].._heldOut.Offsets[position + 1];

    private void Sort(int position)
    {
        Span<double> ranks = _ranks.AsSpan(RangeOf(position));
        if (_gains.Length == 0)
        {
            ranks.Sort();
            return;
        }
        Span<float> gains = _gains.AsSpan(RangeOf(position)), ideal = _idealGains.AsSpan(RangeOf(position));
        _heldOut.GainsOf(position).CopyTo(gains);
        gains.CopyTo(ideal);
        ranks.Sort(gains);
        ideal.Sort((left, right) => right.CompareTo(left));
    }

    private UserMetrics MetricsOf(int position, int cutoff) => _gains.Length == 0
        ? new UserMetrics(_ranks.AsSpan(RangeOf(position)), default, default, cutoff)
        : new UserMetrics(_ranks.AsSpan(RangeOf(position)), _gains.AsSpan(RangeOf(position)), _idealGains.AsSpan(RangeOf(position)), cutoff);

    private int IndexOf(int cutoff)
    {
        int k = Array.IndexOf(_cutoffs, cutoff);
        return k >= 0
            ? k
            : throw new ArgumentOutOfRangeException(nameof(cutoff), cutoff, $"Expected one of the computed cutoffs {string.Join(", ", _cutoffs)}.");
    }
}
