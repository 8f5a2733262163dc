namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>Items selected for many users: a row of <paramref name="RowLength"/> places for each, filled from the front.</summary>
/// <param name="RowLength">The greatest number of items of a user.</param>
/// <param name="Items">Item indices, users x RowLength.</param>
/// <param name="Scores">Their scores.</param>
/// <param name="Counts">The number of items of each user.</param>
/// <param name="Sources">What each user's items were chosen by.</param>
internal sealed record SelectionTable(int RowLength, int[] Items, float[] Scores, int[] Counts, RecommendationSource[] Sources)
{
    public ReadOnlySpan<int> ItemsOf(int row) => Items.AsSpan(row * RowLength, Counts[row]);

    public ReadOnlySpan<float> ScoresOf(int row) => Scores.AsSpan(row * RowLength, Counts[row]);
}
