using Microsoft.ML.LightGcn;

namespace GoodBooks;

/// <summary>The names of metrics in tables and files: hit@10, recall@10, ndcg@10 and so on.</summary>
internal static class MetricNames
{
    private static readonly RankingMetric[] Shown = [RankingMetric.HitRate, RankingMetric.Recall, RankingMetric.Ndcg];

    public static OrderedDictionary<string, double> ToResults(TopNMetrics metrics)
    {
        OrderedDictionary<string, double> results = [];
        foreach (int cutoff in metrics.Cutoffs)
        {
            foreach (RankingMetric metric in Shown)
                results.Add(Name(metric, cutoff), metrics[metric, cutoff]);
        }
        return results;
    }

    public static string Name(RankingMetric metric, int cutoff)
    {
        string name = metric switch
        {
            RankingMetric.HitRate => "hit",
            RankingMetric.AveragePrecision => "map",
            RankingMetric.ReciprocalRank => "mrr",
            _ => metric.ToString().ToLowerInvariant(),
        };
        return $"{name}@{cutoff}";
    }
}
