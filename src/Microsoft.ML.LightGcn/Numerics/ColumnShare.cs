using System.Numerics.Tensors;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// The columns of tables that this process has: all of them, unless several processes share them. What takes a component by itself needs no more. What
/// takes whole rows visits them, a segment of rows at a time, each in one of the processes: the arithmetic, and its order, are the same for any number of them.
/// </summary>
/// <remarks>Where several processes share the columns, all of them call the same methods in the same order.</remarks>
internal class ColumnShare
{
    /// <summary>Rows of a segment; the last one of a table may have fewer.</summary>
    public const int RowsPerSegment = 1024;

    /// <summary>
    /// Segment s is of part s modulo this. Sums over parts are added in a fixed order; more parts would serve more threads and take more memory.
    /// </summary>
    public const int PartCount = 8;

    /// <summary>All columns, in this process.</summary>
    public ColumnShare(int dimension)
        : this(dimension, 0, dimension)
    {
    }

    protected ColumnShare(int dimension, int first, int count) => (Dimension, First, Count) = (dimension, first, count);

    /// <summary>Takes the whole rows of a segment, padded to whole blocks, and may change them.</summary>
    public delegate void SegmentVisitor(int segment, Span<float> rows);

    /// <summary>Columns of all processes.</summary>
    public int Dimension { get; }

    /// <summary>The first column of this process.</summary>
    public int First { get; }

    /// <summary>Number of columns of this process.</summary>
    public int Count { get; }

    /// <summary>The processes that share the columns.</summary>
    public virtual ProcessGroup Processes => ProcessGroup.Single;

    /// <summary>Number of segments of a table.</summary>
    public static int SegmentCount(int rowCount) => (int)(((long)rowCount + RowsPerSegment - 1) / RowsPerSegment);

    /// <summary>The rows of a segment.</summary>
    public static (int First, int Count) RowsOf(int segment, int rowCount) =>
        (segment * RowsPerSegment, Math.Min(RowsPerSegment, rowCount - segment * RowsPerSegment));

    /// <summary>This process's columns of a whole row.</summary>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> row) => row.Slice(First, Count);

    /// <summary>Visits all segments of a table, each in one process. Those of a part are visited in the same process.</summary>
    /// <param name="table">This process's columns.</param>
    /// <param name="inOrder">Whether the segments of a part are visited one after the other, in ascending order.</param>
    /// <param name="changes">Whether what the visitor leaves in the rows becomes the table's.</param>
    /// <param name="visit">Takes the rows; must not wait for other processes.</param>
    /// <param name="team">The threads, which visit several segments at once.</param>
    public virtual void Visit(Matrix table, bool inOrder, bool changes, SegmentVisitor visit, ThreadTeam team)
    {
        int segments = SegmentCount(table.RowCount);
        if (inOrder)
            team.Run(PartCount, part =>
            {
                for (int segment = part; segment < segments; segment += PartCount)
                    VisitOne(segment);
            });
        else
            team.Run(segments, VisitOne);

        void VisitOne(int segment)
        {
            (int first, int count) = RowsOf(segment, table.RowCount);
            visit(segment, table.PaddedRows(first, count));
        }
    }

    /// <summary>Gives every process what visits have written of the rows of their segments.</summary>
    /// <param name="ofRows">A number of each row.</param>
    public virtual void ShareRows(float[] ofRows)
    {
    }

    /// <summary>Gives every process what visits have summed up of their parts.</summary>
    /// <param name="ofParts">Numbers of each part, as many for each.</param>
    public virtual void ShareParts(double[][] ofParts)
    {
    }

    /// <summary>The Euclidean length of each row; -1 for a row of zeros, as the length of a tiny one may be 0 too.</summary>
    /// <param name="table">This process's columns.</param>
    /// <param name="padded">Whether sums take the padding too, which changes their order and nothing else.</param>
    /// <param name="team">The threads.</param>
    public float[] Lengths(Matrix table, bool padded, ThreadTeam team)
    {
        float[] lengths = Processes.Together(() => new float[table.RowCount]);
        int stride = Matrix.StrideOf(Dimension), width = padded ? stride : Dimension;
        Visit(table, inOrder: false, changes: false, (segment, rows) =>
        {
            (int first, int count) = RowsOf(segment, table.RowCount);
            for (int r = 0; r < count; r++)
            {
                ReadOnlySpan<float> row = rows.Slice(r * stride, width);
                lengths[first + r] = row.ContainsAnyExcept(0f) ? TensorPrimitives.Norm(row) : -1;
            }
        }, team);
        ShareRows(lengths);
        return lengths;
    }
}
