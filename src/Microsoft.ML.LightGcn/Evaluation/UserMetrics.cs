namespace Microsoft.ML.LightGcn.Evaluation;

/// <summary>The metrics of one user at one cutoff, from the ascending ranks (0 is best) of the user's held-out items and their gains.</summary>
internal readonly struct UserMetrics
{
    private readonly int _heldOut;
    private readonly int _cutoff;
    private readonly int _hits;
    private readonly double _gain, _idealGain, _precisionSum, _reciprocalRank;

    /// <param name="ranks">Ranks, ascending.</param>
    /// <param name="gains">The gains of the ranked items; empty for 1 each.</param>
    /// <param name="idealGains">The same gains, descending.</param>
    /// <param name="cutoff">The cutoff.</param>
    public UserMetrics(ReadOnlySpan<double> ranks, ReadOnlySpan<float> gains, ReadOnlySpan<float> idealGains, int cutoff)
    {
        _heldOut = ranks.Length;
        _cutoff = cutoff;
        while (_hits < ranks.Length && ranks[_hits] < cutoff)
        {
            double rank = ranks[_hits];
            _gain += (gains.IsEmpty ? 1 : gains[_hits]) / Math.Log2(rank + 2);
            _precisionSum += ++_hits / (rank + 1);
        }
        for (int place = 0; place < Math.Min(cutoff, ranks.Length); place++)
            _idealGain += (idealGains.IsEmpty ? 1 : idealGains[place]) / Math.Log2(place + 2);
        _reciprocalRank = _hits > 0 ? 1 / (ranks[0] + 1) : 0;
    }

    public double this[RankingMetric metric] => metric switch
    {
        RankingMetric.HitRate => _hits > 0 ? 1 : 0,
        RankingMetric.Recall => (double)_hits / _heldOut,
        RankingMetric.Precision => (double)_hits / _cutoff,
        RankingMetric.Ndcg => _gain / _idealGain,
        RankingMetric.AveragePrecision => _precisionSum / Math.Min(_cutoff, _heldOut),
        RankingMetric.ReciprocalRank => _reciprocalRank,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Expected a value of RankingMetric."),
    };
}
