using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>
/// Takes rows from columns and back: every process has some columns of all rows, and gets all columns of some rows. Each pass is one message from each
/// process to each other.
/// </summary>
internal sealed class ColumnExchange(ProcessGroup processes, ColumnLayout columns, ThreadTeam team)
{
    private const int RowsPerChunk = 256;

    private readonly int[] _sendCounts = new int[processes.Count], _receiveCounts = new int[processes.Count];
    private float[] _send = [], _receive = [];

    private int OwnColumns => columns.Count(processes.Rank);

    /// <summary>The row of a number.</summary>
    public delegate ReadOnlySpan<float> RowOf(int number);

    /// <summary>Gives each process whole rows.</summary>
    /// <param name="source">This process's columns of all rows.</param>
    /// <param name="rows">The rows that each process gets, one process after the other; the same list in every process.</param>
    /// <param name="counts">How many each gets.</param>
    /// <param name="target">Receives this process's rows, the first at row 0.</param>
    public void ToRows(Matrix source, int[] rows, ReadOnlySpan<int> counts, Matrix target)
    {
        int width = OwnColumns, total = 0, own = counts[processes.Rank];
        for (int rank = 0; rank < counts.Length; rank++)
        {
            total += counts[rank];
            _sendCounts[rank] = Length(counts[rank], width);
            _receiveCounts[rank] = Length(own, columns.Count(rank));
        }
        Reserve(Length(total, width), Length(own, columns.Dimension));
        ForRows(total, n => source.Row(rows[n])[..width].CopyTo(_send.AsSpan(n * width)));
        processes.Exchange<float>(_send.AsSpan(0, Length(total, width)), _sendCounts, _receive.AsSpan(0, Length(own, columns.Dimension)), _receiveCounts);
        ForRows(own, n =>
        {
            for (int rank = 0; rank < _receiveCounts.Length; rank++)
            {
                int first = columns.First(rank), count = columns.Count(rank);
                // What a process sent follows what those before it did, which had as many columns as lie before its own.
                _receive.AsSpan(own * first + n * count, count).CopyTo(target.Row(n)[first..]);
            }
        });
    }

    /// <summary>Gives each process its columns of rows that the processes have.</summary>
    /// <param name="rowOf">This process's rows.</param>
    /// <param name="counts">How many each process has.</param>
    /// <param name="target">Receives this process's columns of all rows, those of process 0 first.</param>
    /// <param name="rows">The row of the target that each becomes; null for one after the other.</param>
    public void ToColumns(RowOf rowOf, ReadOnlySpan<int> counts, Matrix target, int[]? rows = null)
    {
        int width = OwnColumns, total = 0, own = counts[processes.Rank];
        for (int rank = 0; rank < counts.Length; rank++)
        {
            total += counts[rank];
            _sendCounts[rank] = Length(own, columns.Count(rank));
            _receiveCounts[rank] = Length(counts[rank], width);
        }
        Reserve(Length(own, columns.Dimension), Length(total, width));
        ForRows(own, n =>
        {
            ReadOnlySpan<float> row = rowOf(n);
            for (int rank = 0; rank < _sendCounts.Length; rank++)
            {
                int first = columns.First(rank), count = columns.Count(rank);
                row.Slice(first, count).CopyTo(_send.AsSpan(own * first + n * count));
            }
        });
        processes.Exchange<float>(_send.AsSpan(0, Length(own, columns.Dimension)), _sendCounts, _receive.AsSpan(0, Length(total, width)), _receiveCounts);
        ForRows(total, n => _receive.AsSpan(n * width, width).CopyTo(target.Row(rows is null ? n : rows[n])));
    }

    private void ForRows(int count, Action<int> action) => team.Run((count + RowsPerChunk - 1) / RowsPerChunk, chunk =>
    {
        int end = Math.Min(count, (chunk + 1) * RowsPerChunk);
        for (int n = chunk * RowsPerChunk; n < end; n++)
            action(n);
    });

    private void Reserve(int send, int receive)
    {
        if (_send.Length < send)
            _send = GC.AllocateUninitializedArray<float>(send);
        if (_receive.Length < receive)
            _receive = GC.AllocateUninitializedArray<float>(receive);
    }

    private static int Length(int rows, int width) => checked(rows * width);
}
