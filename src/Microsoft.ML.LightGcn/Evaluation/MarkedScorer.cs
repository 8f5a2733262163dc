using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Evaluation;

/// <summary>A scorer that says nothing of what is not known, as a model of it will; a NaN of any other pair is an error, as ever.</summary>
internal sealed class MarkedScorer(IItemScorer scorer, KnownNodes known) : IPartialScorer
{
    public int UserCount => scorer.UserCount;

    public int ItemCount => scorer.ItemCount;

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        scorer.ScoreItems(users, scores);
        for (int u = 0; u < users.Length; u++)
            ItemRanking.CheckFinite(scores.Slice(u * ItemCount, ItemCount), users[u]);
        known.Mark(users, scores, ItemCount);
    }
}
