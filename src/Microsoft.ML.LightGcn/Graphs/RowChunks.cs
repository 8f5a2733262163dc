namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The graph's rows, one type of nodes after the other, cut into chunks of about equal work, which threads take one at a time.
/// The cut depends on the graph alone.
/// </summary>
/// <remarks>
/// Chunks count from the last row to the first, so that attributes come first: some have a good part of all items, and what one thread sums
/// for long should begin early.
/// </remarks>
internal sealed class RowChunks
{
    /// <summary>The maximum number of rows of a chunk.</summary>
    public const int MaximumRowCount = 512;

    // Enough work to hide the hand-out of a chunk (a microsecond), few enough rows to stay in the second-level cache.
    private const int TargetWork = 16384;
    private const int WorkPerRow = 4;

    private readonly int[] _bounds;
    private readonly NodeRange[] _ranges;

    public RowChunks(HeterogeneousGraph graph)
    {
        List<int> starts = [0];
        List<NodeRange> ranges = [];
        foreach (NodeRange range in graph.Ranges)
        {
            Cut(starts, range);
            while (ranges.Count < starts.Count - 1)
                ranges.Add(range);
        }
        starts.Reverse();
        ranges.Reverse();
        _bounds = [.. starts];
        _ranges = [.. ranges];
    }

    public int Count => _ranges.Length;

    /// <summary>First node of a chunk.</summary>
    public int Start(int chunk) => _bounds[chunk + 1];

    /// <summary>One past the last node of a chunk.</summary>
    public int End(int chunk) => _bounds[chunk];

    /// <summary>The range that all nodes of a chunk belong to.</summary>
    public NodeRange RangeOf(int chunk) => _ranges[chunk];

    private static void Cut(List<int> starts, NodeRange range)
    {
        int work = 0, rows = 0;
        for (int row = 0; row < range.Count; row++)
        {
            int rowWork = WorkPerRow;
            foreach (AdjacencyBlock block in range.Blocks)
                rowWork += block.Rows.CountOf(row);
            if (rows > 0 && (work + rowWork > TargetWork || rows == MaximumRowCount))
            {
                starts.Add(range.First + row);
                work = rows = 0;
            }
            work += rowWork;
            rows++;
        }
        if (rows > 0)
            starts.Add(range.First + range.Count);
    }
}
