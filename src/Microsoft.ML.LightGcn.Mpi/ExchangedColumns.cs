using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>
/// Columns that processes share. What visits whole rows gets them in parts: a process gets those of its segments by one message from each other, and sends
/// them back where they have changed.
/// </summary>
internal sealed class ExchangedColumns(ProcessGroup processes, ColumnLayout columns)
    : ColumnShare(columns.Dimension, columns.First(processes.Rank), columns.Count(processes.Rank))
{
    // What a process sends at once, and what it gets: about 16 MB.
    private const int PartLength = 1 << 22;

    private readonly int[] _counts = new int[processes.Count];
    private ColumnExchange? _exchange;
    private ThreadTeam? _team;

    public override ProcessGroup Processes => processes;

    /// <summary>Bytes that visits of a table take beside it.</summary>
    public static long Bytes(int rowCount, ColumnLayout columns)
    {
        int processCount = columns.ProcessCount, widest = 0;
        for (int rank = 0; rank < processCount; rank++)
            widest = Math.Max(widest, columns.Count(rank));
        long rows = Math.Min(rowCount, SegmentsAtOnce(columns.Dimension) * RowsPerSegment), whole = Math.Min(rows, WholeRows(columns.Dimension, processCount));
        // Rows as they are sent, as they are received, and put together; and their numbers.
        return (rows * widest + whole * (columns.Dimension + Matrix.StrideOf(columns.Dimension)) + rows) * sizeof(float);
    }

    public override void Visit(Matrix table, bool inOrder, bool changes, SegmentVisitor visit, ThreadTeam team)
    {
        int segments = SegmentCount(table.RowCount), atOnce = SegmentsAtOnce(Dimension);
        (ColumnExchange exchange, Matrix whole, int[] rows) = processes.Together(() => (
            ExchangeOf(team), new Matrix(Math.Min(table.RowCount, WholeRows(Dimension, processes.Count)), Dimension),
            new int[Math.Min(table.RowCount, atOnce * RowsPerSegment)]));
        for (int first = 0; first < segments; first += atOnce)
        {
            List<(int Segment, int Start)> own = List(first, Math.Min(segments, first + atOnce), table.RowCount, rows);
            exchange.ToRows(table, rows, _counts, whole);
            processes.Together(() => VisitOwn(own, table.RowCount, whole, inOrder, visit, team));
            if (changes)
                exchange.ToColumns(n => whole.Row(n), _counts, table, rows);
        }
    }

    public override void ShareRows(float[] ofRows)
    {
        int segments = SegmentCount(ofRows.Length);
        Array.Clear(_counts);
        for (int segment = 0; segment < segments; segment++)
            _counts[OwnerOf(segment)] += RowsOf(segment, ofRows.Length).Count;
        (float[] own, float[] all) = processes.Together(() => (new float[_counts[processes.Rank]], new float[ofRows.Length]));
        int next = 0;
        for (int segment = 0; segment < segments; segment++)
        {
            if (OwnerOf(segment) == processes.Rank)
                Take(segment).CopyTo(own.AsSpan(next));
            next += OwnerOf(segment) == processes.Rank ? Take(segment).Length : 0;
        }
        processes.Gather<float>(own, all, _counts);
        // Each process's follow those of the processes before it.
        int[] starts = new int[_counts.Length];
        for (int rank = 1; rank < starts.Length; rank++)
            starts[rank] = starts[rank - 1] + _counts[rank - 1];
        for (int segment = 0; segment < segments; segment++)
        {
            Span<float> target = Take(segment);
            ref int start = ref starts[OwnerOf(segment)];
            all.AsSpan(start, target.Length).CopyTo(target);
            start += target.Length;
        }

        Span<float> Take(int segment)
        {
            (int first, int count) = RowsOf(segment, ofRows.Length);
            return ofRows.AsSpan(first, count);
        }
    }

    public override void ShareParts(double[][] ofParts)
    {
        for (int part = 0; part < ofParts.Length; part++)
            processes.Broadcast<double>(ofParts[part], OwnerOf(part));
    }

    /// <summary>Whole turns of the parts, so that every process has its segments of each.</summary>
    private static int SegmentsAtOnce(int dimension) => PartCount * Math.Max(1, PartLength / (PartCount * RowsPerSegment * dimension));

    /// <summary>The maximum number of rows that a process gets whole at once.</summary>
    private static int WholeRows(int dimension, int processCount) =>
        SegmentsAtOnce(dimension) / PartCount * ((PartCount + processCount - 1) / processCount) * RowsPerSegment;

    private static void VisitOwn(
        List<(int Segment, int Start)> own, int rowCount, Matrix whole, bool inOrder, SegmentVisitor visit, ThreadTeam team)
    {
        if (!inOrder)
        {
            team.Run(own.Count, n => VisitOne(own[n]));
            return;
        }
        (int Segment, int Start)[][] parts = [.. own.GroupBy(place => place.Segment % PartCount).Select(part => part.ToArray())];
        team.Run(parts.Length, n => Array.ForEach(parts[n], VisitOne));

        void VisitOne((int Segment, int Start) place) => visit(place.Segment, whole.PaddedRows(place.Start, RowsOf(place.Segment, rowCount).Count));
    }

    private int OwnerOf(int segment) => segment % PartCount * Math.Min(processes.Count, PartCount) / PartCount;

    /// <summary>Lists the rows of segments, those of process 0 first, and counts them; returns where this process's segments start among its rows.</summary>
    private List<(int Segment, int Start)> List(int firstSegment, int endSegment, int rowCount, int[] rows)
    {
        List<(int Segment, int Start)> own = [];
        int next = 0;
        for (int rank = 0; rank < _counts.Length; rank++)
        {
            int start = next;
            for (int segment = firstSegment; segment < endSegment; segment++)
            {
                if (OwnerOf(segment) != rank)
                    continue;
                if (rank == processes.Rank)
                    own.Add((segment, next - start));
                (int first, int count) = RowsOf(segment, rowCount);
                for (int n = 0; n < count; n++)
                    rows[next++] = first + n;
            }
            _counts[rank] = next - start;
        }
        return own;
    }

    private ColumnExchange ExchangeOf(ThreadTeam team)
    {
        if (_team != team)
            (_team, _exchange) = (team, new ColumnExchange(processes, columns, team));
        return _exchange!;
    }
}
