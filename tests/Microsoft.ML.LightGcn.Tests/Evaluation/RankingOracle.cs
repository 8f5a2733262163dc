namespace Microsoft.ML.LightGcn.Tests.Evaluation;

/// <summary>Ranks and metrics of one user by their definitions, in double precision.</summary>
internal static class RankingOracle
{
    /// <summary>Items that score higher, and half of the others that score the same, among the candidates.</summary>
    public static double Rank(float[,] scores, int user, int item, Func<int, bool> isCandidate)
    {
        int[] others = [.. Enumerable.Range(0, scores.GetLength(1)).Where(other => other != item && isCandidate(other))];
        return others.Count(other => scores[user, other] > scores[user, item]) + others.Count(other => scores[user, other] == scores[user, item]) / 2.0;
    }

    public static double Metric(RankingMetric metric, int k, double[] ranks)
    {
        double[] hits = [.. ranks.Where(rank => rank < k).Order()];
        return metric switch
        {
            RankingMetric.HitRate => hits.Length > 0 ? 1 : 0,
            RankingMetric.Recall => hits.Length / (double)ranks.Length,
            RankingMetric.Precision => hits.Length / (double)k,
            RankingMetric.Ndcg => hits.Sum(rank => 1 / Math.Log2(rank + 2)) / Enumerable.Range(0, Math.Min(k, ranks.Length)).Sum(place => 1 / Math.Log2(place + 2)),
            RankingMetric.AveragePrecision => hits.Select((rank, n) => (n + 1) / (rank + 1)).Sum() / Math.Min(k, ranks.Length),
            RankingMetric.ReciprocalRank => hits.Length > 0 ? 1 / (hits[0] + 1) : 0,
            _ => throw new ArgumentOutOfRangeException(nameof(metric)),
        };
    }
}
