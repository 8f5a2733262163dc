namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The graph's rows, users first and then items, cut into chunks of about equal work, which threads take one at a time.
/// The cut depends on the graph alone.
/// </summary>
internal sealed class RowChunks
{
    // Enough work to hide the hand-out of a chunk (a microsecond), few enough rows to stay in the second-level cache.
    private const int TargetWork = 16384;
    private const int GreatestRowCount = 512;
    private const int WorkPerRow = 4;

    private readonly int[] _starts;

    public RowChunks(BipartiteGraph graph)
    {
        List<int> starts = [0];
        Cut(starts, graph.UserOffsets, 0);
        Cut(starts, graph.ItemOffsets, graph.UserCount);
        _starts = [.. starts];
    }

    public int Count => _starts.Length - 1;

    /// <summary>First node of a chunk; users are nodes 0..UserCount-1, items follow.</summary>
    public int Start(int chunk) => _starts[chunk];

    /// <summary>One past the last node of a chunk. A chunk never holds both users and items.</summary>
    public int End(int chunk) => _starts[chunk + 1];

    private static void Cut(List<int> starts, int[] offsets, int firstNode)
    {
        int work = 0, rows = 0;
        for (int row = 0; row < offsets.Length - 1; row++)
        {
            int rowWork = offsets[row + 1] - offsets[row] + WorkPerRow;
            if (rows > 0 && (work + rowWork > TargetWork || rows == GreatestRowCount))
            {
                starts.Add(firstNode + row);
                work = rows = 0;
            }
            work += rowWork;
            rows++;
        }
        if (rows > 0)
            starts.Add(firstNode + offsets.Length - 1);
    }
}
