namespace Microsoft.ML.LightGcn.Models;

/// <summary>Inner products of embeddings, wherever they are computed, and what a neighbourhood adds to them.</summary>
internal sealed class NeighbourhoodScorer(IItemScorer embeddings, Neighbourhood neighbourhood) : ITermScorer
{
    public int UserCount => embeddings.UserCount;

    public int ItemCount => embeddings.ItemCount;

    public ScoreTerms? Terms => embeddings is ITermScorer { Terms: { Neighbourhood: null } terms } ? terms with { Neighbourhood = neighbourhood } : null;

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        embeddings.ScoreItems(users, scores);
        neighbourhood.AddTo(users, scores);
    }
}
