namespace Microsoft.ML.LightGcn.Evaluation;

/// <summary>A scorer that also ranks: one whose scores lie where it would be slow to fetch them all from.</summary>
internal interface IItemRanker : IItemScorer
{
    /// <summary>Ranks every held-out item as <see cref="ItemRanking"/> does.</summary>
    /// <param name="heldOut">What is held out; it excludes no items.</param>
    /// <param name="seen">Items that are never recommended to a user; null when there are none.</param>
    /// <param name="unknownItems">Items that are no candidates for anybody, ascending; the rank of a held-out one does not matter.</param>
    /// <param name="ranks">Receives a rank for each held-out interaction.</param>
    /// <param name="cancellationToken">Checked before every tile.</param>
    /// <exception cref="InvalidOperationException">A score is NaN or infinite.</exception>
    void Rank(
        HeldOutInteractions heldOut, BipartiteGraph? seen, ReadOnlySpan<int> unknownItems, Span<double> ranks, CancellationToken cancellationToken);
}
