namespace Microsoft.ML.LightGcn;

/// <summary>Full-ranking metrics at one or more cutoffs, averaged over users with equal weight.</summary>
public sealed class TopNMetrics
{
    private readonly int[] _cutoffs;
    private readonly double[,] _values;

    internal TopNMetrics(int[] cutoffs, double[,] values, int userCount)
    {
        _cutoffs = cutoffs;
        _values = values;
        UserCount = userCount;
    }

    /// <summary>The cutoffs K, ascending.</summary>
    public IReadOnlyList<int> Cutoffs => _cutoffs;

    /// <summary>Number of users that were evaluated: those with at least one held-out item.</summary>
    public int UserCount { get; }

    /// <summary>The mean of a metric at a cutoff.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="cutoff">One of <see cref="Cutoffs"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cutoff was not computed.</exception>
    public double this[RankingMetric metric, int cutoff]
    {
        get
        {
            int k = Array.IndexOf(_cutoffs, cutoff);
            if (k < 0)
                throw new ArgumentOutOfRangeException(nameof(cutoff), cutoff, $"Expected one of the computed cutoffs {string.Join(", ", _cutoffs)}.");
            return _values[(int)metric, k];
        }
    }

    /// <summary>Averages the metrics of every user over the ranks of the held-out items.</summary>
    /// <param name="heldOut">The held-out items.</param>
    /// <param name="ranks">The rank of each held-out interaction, 0 for the best; halves come from ties.</param>
    /// <param name="cutoffs">Cutoffs, distinct and ascending.</param>
    internal static TopNMetrics FromRanks(HeldOutInteractions heldOut, double[] ranks, int[] cutoffs)
    {
        double[,] sums = new double[Enum.GetValues<RankingMetric>().Length, cutoffs.Length];
        double[] sorted = [.. ranks];
        for (int position = 0; position < heldOut.UserCount; position++)
        {
            Span<double> own = sorted.AsSpan(heldOut.Offsets[position]..heldOut.Offsets[position + 1]);
            own.Sort();
            for (int k = 0; k < cutoffs.Length; k++)
            {
                UserMetrics user = new(own, cutoffs[k]);
                foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
                    sums[(int)metric, k] += user[metric];
            }
        }
        foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
        {
            for (int k = 0; k < cutoffs.Length; k++)
                sums[(int)metric, k] /= heldOut.UserCount;
        }
        return new TopNMetrics(cutoffs, sums, heldOut.UserCount);
    }
}
