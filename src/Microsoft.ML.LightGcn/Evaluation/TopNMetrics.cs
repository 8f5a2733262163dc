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
}
