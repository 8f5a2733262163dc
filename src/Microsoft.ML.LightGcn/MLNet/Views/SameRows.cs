using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>Numbers the rows of a cursor, and makes sure that there are as many as an earlier pass has found.</summary>
internal sealed class SameRows(IExceptionContext context, DataViewRowCursor source, int expected)
{
    /// <summary>The number of the current row in the source, from 0.</summary>
    public int Row { get; private set; } = -1;

    /// <exception cref="InvalidOperationException">The source has more or fewer rows than expected.</exception>
    public bool MoveNext()
    {
        if (source.MoveNext())
            return ++Row < expected ? true : throw Changed($"more than {expected:N0}");
        return Row + 1 == expected ? false : throw Changed($"{Row + 1:N0}");
    }

    private InvalidOperationException Changed(string found) => context.Process(new InvalidOperationException(
        $"The source of a lazy view changed: it had {expected:N0} rows on the first pass and has {found} now. " +
        "It must give the same rows in the same order on every pass."));
}
