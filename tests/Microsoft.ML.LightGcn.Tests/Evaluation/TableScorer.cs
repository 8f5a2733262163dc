namespace Microsoft.ML.LightGcn.Tests.Evaluation;

/// <summary>Scores from a table.</summary>
internal sealed class TableScorer(float[,] scores) : IItemScorer
{
    public int UserCount => scores.GetLength(0);

    public int ItemCount => scores.GetLength(1);

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> destination)
    {
        for (int u = 0; u < users.Length; u++)
        {
            for (int item = 0; item < ItemCount; item++)
                destination[u * ItemCount + item] = scores[users[u], item];
        }
    }
}
