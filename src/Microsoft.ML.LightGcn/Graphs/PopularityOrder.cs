namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>Items by how many users chose them.</summary>
internal static class PopularityOrder
{
    /// <summary>All items, most popular first, equals by ascending index.</summary>
    public static int[] Of(BipartiteGraph graph)
    {
        int[] counts = new int[graph.ItemCount];
        for (int item = 0; item < counts.Length; item++)
            counts[item] = graph.UsersOf(item).Length;
        return Of(counts);
    }

    /// <summary>All items, those of the highest count first, equals by ascending index.</summary>
    public static int[] Of(ReadOnlySpan<int> counts)
    {
        int[] items = new int[counts.Length];
        long[] order = new long[counts.Length];
        for (int item = 0; item < items.Length; item++)
        {
            items[item] = item;
            order[item] = ((long)-counts[item] << 32) + item;
        }
        Array.Sort(order, items);
        return items;
    }

    /// <summary>The items that anybody chose, most popular first, equals by ascending index.</summary>
    public static int[] Chosen(ReadOnlySpan<int> counts)
    {
        int[] items = Of(counts);
        int chosen = 0;
        while (chosen < items.Length && counts[items[chosen]] > 0)
            chosen++;
        return items[..chosen];
    }

    /// <inheritdoc cref="Chosen(ReadOnlySpan{int})"/>
    public static int[] Chosen(BipartiteGraph graph) => Array.FindAll(Of(graph), item => !graph.UsersOf(item).IsEmpty);
}
