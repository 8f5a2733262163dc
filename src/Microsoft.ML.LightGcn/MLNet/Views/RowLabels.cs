using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>What a filter or a split does with a row.</summary>
internal enum RowLabel : byte
{
    Dropped,

    /// <summary>Passed on by a filter; a training row of a split.</summary>
    Kept,
    Validation,
    Test,
}

/// <summary>One label for each row of a data view, in its row order; 1 byte a row.</summary>
internal sealed class RowLabels
{
    private readonly RowLabel[] _labels;
    private readonly int[] _counts = new int[(int)RowLabel.Test + 1];

    public RowLabels(RowLabel[] labels)
    {
        _labels = labels;
        foreach (RowLabel label in labels)
            _counts[(int)label]++;
    }

    public ReadOnlySpan<RowLabel> Span => _labels;

    public int CountOf(RowLabel label) => _counts[(int)label];

    /// <summary>How many rows to make room for: the row count where the data view knows it, otherwise 0.</summary>
    public static int Capacity(IExceptionContext context, IDataView input)
    {
        long rows = input.GetRowCount() ?? 0;
        return rows <= Array.MaxLength ? (int)rows : throw TooMany(context, rows);
    }

    public static InvalidOperationException TooMany(IExceptionContext context, long rows) => context.Process(new InvalidOperationException(
        $"The data have at least {rows:N0} rows; a filter or split of interactions takes at most {Array.MaxLength:N0}."));
}
