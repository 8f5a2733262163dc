namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>Dense rows, in as many pieces as it takes for each to be a span: one, but for tables of more than 2^31 - 1 numbers.</summary>
internal sealed class RowTable
{
    private readonly Memory<float>[] _pieces;
    private readonly int _rowsPerPiece;

    /// <summary>Rows in one piece.</summary>
    public RowTable(Memory<float> rows, int dimension)
        : this([rows], Math.Max(1, rows.Length / dimension), rows.Length / dimension, dimension)
    {
    }

    /// <param name="pieces">The rows, row-major: as many in each piece, but for the last.</param>
    /// <param name="rowsPerPiece">How many.</param>
    /// <param name="count">Number of rows in all.</param>
    /// <param name="dimension">Components of a row.</param>
    public RowTable(Memory<float>[] pieces, int rowsPerPiece, int count, int dimension) =>
        (_pieces, _rowsPerPiece, Count, Dimension) = (pieces, rowsPerPiece, count, dimension);

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Components of a row.</summary>
    public int Dimension { get; }

    /// <summary>The pieces, row-major.</summary>
    public ReadOnlySpan<Memory<float>> Pieces => _pieces;

    /// <summary>Whether one span has all rows.</summary>
    public bool IsOnePiece => _pieces.Length == 1;

    /// <summary>All rows, row-major.</summary>
    /// <exception cref="NotSupportedException">There are more numbers than a span has.</exception>
    public Memory<float> Whole => IsOnePiece
        ? _pieces[0]
        : throw new NotSupportedException(
            $"The embeddings of {Count:N0} users are {(long)Count * Dimension:N0} numbers, and what takes all of them at once can have at most "
            + $"{int.MaxValue:N0}. Score and recommend by user, or read the model's file elsewhere.");

    /// <summary>A row.</summary>
    public Span<float> this[int row]
    {
        get
        {
            (int piece, int place) = Math.DivRem(row, _rowsPerPiece);
            return _pieces[piece].Span.Slice(place * Dimension, Dimension);
        }
    }
}
