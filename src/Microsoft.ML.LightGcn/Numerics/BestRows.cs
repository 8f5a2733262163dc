namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Keeps the N best of rows that are offered in ascending order; equal scores in ascending order of row. A short list is kept sorted by
/// insertion, which is fastest while a row moves few others. A longer one is a heap with its worst row in front, sorted once at the end: the
/// time of a row grows with the logarithm of N instead of N.
/// </summary>
internal ref struct BestRows
{
    /// <summary>The longest list that is kept sorted: at 10 rows the two take the same time, at 50 the heap takes half (SelectionBenchmarks).</summary>
    public const int LongestInsertion = 16;

    private readonly Span<int> _rows;
    private readonly Span<float> _scores;
    private readonly bool _isHeap;
    private int _count;

    /// <param name="rows">Receives the rows, best first, when <see cref="Finish"/> is called; its length is N, at least 1.</param>
    /// <param name="scores">Receives their scores; at least as long as <paramref name="rows"/>.</param>
    /// <param name="longestInsertion">The longest list that is kept sorted.</param>
    public BestRows(Span<int> rows, Span<float> scores, int longestInsertion = LongestInsertion)
    {
        _rows = rows;
        _scores = scores[..rows.Length];
        _isHeap = rows.Length > longestInsertion;
    }

    /// <summary>Goes on with rows that were offered before, all below those to come.</summary>
    /// <param name="rows">The rows as another of the same length left them.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="count">Its <see cref="Count"/>.</param>
    public static BestRows Resume(Span<int> rows, Span<float> scores, int count)
    {
        BestRows best = new(rows, scores) { _count = count };
        if (count == rows.Length)
            best.Threshold = best._isHeap ? scores[0] : scores[count - 1];
        return best;
    }

    /// <summary>Number of rows so far.</summary>
    public readonly int Count => _count;

    /// <summary>What a score must exceed to get in. Rows ascend, so an equal score comes too late.</summary>
    public float Threshold { get; private set; } = float.NegativeInfinity;

    /// <summary>Takes a row in; the worst one goes where there is no room.</summary>
    /// <param name="row">A row above all that were offered before.</param>
    /// <param name="score">Its score, above <see cref="Threshold"/>.</param>
    public void Add(int row, float score)
    {
        if (!_isHeap)
        {
            Threshold = TopNSelection.Insert(score, row, _rows, _scores, ref _count);
        }
        else if (_count == _rows.Length)
        {
            SiftDown(0, row, score);
            Threshold = _scores[0];
        }
        else
        {
            (_rows[_count], _scores[_count]) = (row, score);
            if (++_count == _rows.Length)
                MakeHeap();
        }
    }

    /// <summary>Puts the rows in order. Nothing can be added after that.</summary>
    /// <returns>The number of rows: fewer than N only if no more were added.</returns>
    public readonly int Finish()
    {
        if (!_isHeap)
            return _count;
        Span<int> rows = _rows[.._count];
        Span<float> scores = _scores[.._count];
        scores.Sort(rows);
        scores.Reverse();
        rows.Reverse();
        // The sort by score leaves equal ones in any order.
        for (int start = 0, end; start < scores.Length; start = end)
        {
            end = start + 1;
            while (end < scores.Length && scores[end] == scores[start])
                end++;
            // Both: 0 and -0 are equal.
            if (end > start + 1)
                rows[start..end].Sort(scores[start..end]);
        }
        return _count;
    }

    private void MakeHeap()
    {
        for (int place = _count / 2 - 1; place >= 0; place--)
            SiftDown(place, _rows[place], _scores[place]);
        Threshold = _scores[0];
    }

    /// <summary>Puts a row in the place of another whose subtrees are heaps: below each worse row that it meets on the way of the worse child.</summary>
    private readonly void SiftDown(int place, int row, float score)
    {
        for (int child; (child = 2 * place + 1) < _rows.Length; place = child)
        {
            if (child + 1 < _rows.Length && IsWorse(_rows[child + 1], _scores[child + 1], _rows[child], _scores[child]))
                child++;
            if (!IsWorse(_rows[child], _scores[child], row, score))
                break;
            (_rows[place], _scores[place]) = (_rows[child], _scores[child]);
        }
        (_rows[place], _scores[place]) = (row, score);
    }

    /// <summary>Whether a row goes before another: its score is lower, or the same and it came later.</summary>
    private static bool IsWorse(int row, float score, int otherRow, float otherScore) => score < otherScore || (score == otherScore && row > otherRow);
}
