namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Rows that a search must not return, as two ascending lists.</summary>
internal readonly ref struct ExcludedRows(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
{
    private readonly ReadOnlySpan<int> _first = first, _second = second;

    public bool Contains(int row) => _first.BinarySearch(row) >= 0 || _second.BinarySearch(row) >= 0;

    /// <summary>Gives the excluded rows the score that is never selected.</summary>
    public void Mask(Span<float> scores)
    {
        foreach (int row in _first)
            scores[row] = float.NegativeInfinity;
        foreach (int row in _second)
            scores[row] = float.NegativeInfinity;
    }
}
