namespace Microsoft.ML.LightGcn;

/// <summary>The ranking metrics that are computed at a cutoff K, averaged over users.</summary>
public enum RankingMetric
{
    /// <summary>Share of users with at least one held-out item among the first K.</summary>
    HitRate,

    /// <summary>Held-out items among the first K divided by the number of held-out items.</summary>
    Recall,

    /// <summary>Held-out items among the first K divided by K.</summary>
    Precision,

    /// <summary>
    /// Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002): the sum of gain / log2(rank + 2) over the hits, rank 0 being the best,
    /// divided by its largest possible value. A gain is 1 unless <see cref="TopNEvaluationOptions.GainColumnName"/> gives others.
    /// </summary>
    Ndcg,

    /// <summary>
    /// Mean average precision: the mean, over the users, of the sum of the precision at each hit's place, divided by the lesser of K and the number of
    /// held-out items.
    /// </summary>
    AveragePrecision,

    /// <summary>Mean reciprocal rank of the best-ranked held-out item, 0 when it is not among the first K.</summary>
    ReciprocalRank,
}
