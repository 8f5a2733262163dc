namespace Microsoft.ML.LightGcn.Models;

/// <summary>A scorer that writes NaN where it knows nothing of the user or the item. Such a pair ranks last; a NaN of any other scorer is an error.</summary>
internal interface IPartialScorer : IItemScorer;

/// <summary>A scorer that says nothing of what is not known.</summary>
internal sealed class MarkedScorer(IItemScorer scorer, KnownNodes known) : IPartialScorer
{
    public int UserCount => scorer.UserCount;

    public int ItemCount => scorer.ItemCount;

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        scorer.ScoreItems(users, scores);
        known.Mark(users, scores, ItemCount);
    }
}
