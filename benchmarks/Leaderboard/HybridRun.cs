using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>What one model reached over all seeds.</summary>
/// <param name="Name">The row's name.</param>
internal sealed record HybridRun(string Name)
{
    private readonly Dictionary<string, List<TopNMetrics>> _metrics = HybridScenario.All.ToDictionary(scenario => scenario.Name, _ => new List<TopNMetrics>());
    private readonly Dictionary<bool, List<double>> _seconds = new() { [false] = [], [true] = [] };

    public void Add(HybridScenario scenario, TopNMetrics metrics) => _metrics[scenario.Name].Add(metrics);

    public void AddTraining(bool holdsOutItems, double seconds) => _seconds[holdsOutItems].Add(seconds);

    /// <summary>Mean training time of a seed.</summary>
    public double Seconds(bool holdsOutItems) => _seconds[holdsOutItems].Average();

    /// <summary>Number of users who were evaluated: the same for every seed, as the split is.</summary>
    public int UserCount(HybridScenario scenario) => _metrics[scenario.Name][0].UserCount;

    /// <summary>Mean of a metric over the seeds.</summary>
    public double Mean(HybridScenario scenario, RankingMetric metric, int cutoff) => _metrics[scenario.Name].Average(metrics => metrics[metric, cutoff]);

    /// <summary>
    /// The paired difference to another run, seed by seed, averaged: of the difference, and of the ends of its 95 % interval over
    /// users. So the interval is that of a single training, and does not shrink with the number of seeds.
    /// </summary>
    public (double Difference, double Lower, double Upper) CompareTo(HybridRun other, HybridScenario scenario, RankingMetric metric, int cutoff)
    {
        TopNComparison[] comparisons = [.. _metrics[scenario.Name].Zip(other._metrics[scenario.Name], (mine, theirs) => mine.CompareTo(theirs, metric, cutoff))];
        return (comparisons.Average(c => c.Difference), comparisons.Average(c => c.Interval.Lower), comparisons.Average(c => c.Interval.Upper));
    }
}
