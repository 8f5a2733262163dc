using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>Cuts long histories down to a sample of their items.</summary>
internal static class LongHistories
{
    // Closed-form models have no seed: the same data give the same sample.
    private const int Seed = 0;

    /// <summary>
    /// The graph with at most so many items a user, each item of a longer history as likely as any other; the graph itself where none is longer.
    /// </summary>
    public static BipartiteGraph Sample(BipartiteGraph graph, int maximumLength)
    {
        int[] offsets = new int[graph.UserCount + 1];
        for (int user = 0; user < graph.UserCount; user++)
            offsets[user] = Math.Min(maximumLength, graph.ItemsOf(user).Length);
        SparseRows.ToOffsets(offsets);
        if (offsets[^1] == graph.InteractionCount)
            return graph;
        int[] items = GC.AllocateUninitializedArray<int>(offsets[^1]);
        for (int user = 0; user < graph.UserCount; user++)
            SampleTo(graph.ItemsOf(user), items.AsSpan(offsets[user]..offsets[user + 1]), user);
        return new BipartiteGraph(new SparseRows(offsets, items, null), graph.ItemCount);
    }

    /// <summary>Selection sampling (Fan, Muller and Rezucha, 1962): one pass that keeps the order.</summary>
    private static void SampleTo(ReadOnlySpan<int> history, Span<int> target, int user)
    {
        RandomStream random = new(Seed, RandomPurpose.HistorySample, user);
        int taken = 0;
        for (int place = 0; taken < target.Length; place++)
        {
            if (history.Length - place == target.Length - taken || random.Next(history.Length - place) < target.Length - taken)
                target[taken++] = history[place];
        }
    }
}
