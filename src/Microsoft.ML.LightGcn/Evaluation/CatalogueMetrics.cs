using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn;

/// <summary>Metrics of the recommended lists other than accuracy, at one cutoff, over all evaluated users.</summary>
/// <param name="Coverage">Share of the ranked items that are recommended to somebody, 0 to 1.</param>
/// <param name="Novelty">
/// Mean self-information of a recommended item in bits: -log2 of the share of users who interacted with it (Zhou et al., "Solving the apparent
/// diversity-accuracy dilemma of recommender systems", PNAS 2010). An item without interactions counts as one with a single interaction, so among new
/// items the metric says nothing. NaN without seen interactions.
/// </param>
/// <param name="MeanPopularityRank">
/// Mean rank by popularity of a recommended item in the whole catalogue, 0 for the most popular; equally popular items share
/// the middle of their ranks. NaN without seen interactions.
/// </param>
/// <param name="Gini">
/// Gini coefficient of how often each ranked item is recommended: 0 when all items are recommended equally often, near 1 when a few items fill all lists.
/// </param>
public sealed record CatalogueMetrics(double Coverage, double Novelty, double MeanPopularityRank, double Gini)
{
    /// <summary>Computes the metrics from how often each item is recommended.</summary>
    /// <param name="exposure">Number of lists that each item is in.</param>
    /// <param name="candidateCount">Number of items that are ranked; the others are in no list.</param>
    /// <param name="seen">The interactions that popularity is counted in; null when there are none.</param>
    internal static CatalogueMetrics FromExposure(long[] exposure, int candidateCount, BipartiteGraph? seen)
    {
        long total = exposure.Sum();
        double coverage = (double)exposure.Count(count => count > 0) / candidateCount;
        double novelty = double.NaN, rank = double.NaN;
        if (seen is not null)
        {
            double[] popularityRanks = PopularityRanks(seen);
            novelty = rank = 0;
            for (int item = 0; item < exposure.Length; item++)
            {
                novelty -= exposure[item] * Math.Log2((double)Math.Max(1, seen.UsersOf(item).Length) / seen.UserCount);
                rank += exposure[item] * popularityRanks[item];
            }
            novelty /= total;
            rank /= total;
        }
        return new CatalogueMetrics(coverage, novelty, rank, GiniOf(exposure, candidateCount, total));
    }

    /// <summary>sum over the ascending counts x_1..x_n of (2 i - n - 1) x_i, divided by n times their sum.</summary>
    private static double GiniOf(long[] exposure, int candidateCount, long total)
    {
        // Items that are not ranked have the lowest count, 0.
        long[] sorted = [.. exposure.Order().Skip(exposure.Length - candidateCount)];
        double sum = 0;
        for (int i = 0; i < sorted.Length; i++)
            sum += (2.0 * (i + 1) - sorted.Length - 1) * sorted[i];
        return sum / ((double)sorted.Length * total);
    }

    private static double[] PopularityRanks(BipartiteGraph seen)
    {
        int[] items = PopularityOrder.Of(seen);
        double[] ranks = new double[items.Length];
        for (int start = 0, end; start < items.Length; start = end)
        {
            for (end = start + 1; end < items.Length && seen.UsersOf(items[end]).Length == seen.UsersOf(items[start]).Length;)
                end++;
            for (int place = start; place < end; place++)
                ranks[items[place]] = (start + end - 1) / 2.0;
        }
        return ranks;
    }
}
