namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Rows that a search must not return, as two ascending lists.</summary>
internal readonly ref struct ExcludedRows(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
{
    private readonly ReadOnlySpan<int> _first = first, _second = second;

    public bool Contains(int row) => _first.BinarySearch(row) >= 0 || _second.BinarySearch(row) >= 0;

    /// <summary>Gives the excluded rows the score that is never selected.</summary>
    public void Mask(Span<float> scores) => Mask(scores, 0);

    /// <summary>Gives the excluded ones among neighbouring rows the score that is never selected.</summary>
    /// <param name="scores">Their scores.</param>
    /// <param name="firstRow">The row of the first score.</param>
    public void Mask(Span<float> scores, int firstRow) => Fill(scores, firstRow, float.NegativeInfinity);

    /// <summary>Gives the excluded ones among neighbouring rows some score.</summary>
    /// <param name="scores">Their scores.</param>
    /// <param name="firstRow">The row of the first score.</param>
    /// <param name="score">What the excluded ones get.</param>
    public void Fill(Span<float> scores, int firstRow, float score)
    {
        Fill(_first, scores, firstRow, score);
        Fill(_second, scores, firstRow, score);
    }

    private static void Fill(ReadOnlySpan<int> rows, Span<float> scores, int firstRow, float score)
    {
        for (int place = firstRow == 0 ? 0 : FirstFrom(rows, firstRow); place < rows.Length && rows[place] - firstRow < scores.Length; place++)
            scores[rows[place] - firstRow] = score;
    }

    /// <summary>The place of the first row that is no less than one.</summary>
    private static int FirstFrom(ReadOnlySpan<int> rows, int row)
    {
        int place = rows.BinarySearch(row);
        return place < 0 ? ~place : place;
    }
}
