using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>Seeded graphs for tests: long-tailed, with nodes that have no interaction at all.</summary>
internal static class TestGraphs
{
    public static BipartiteGraph Random(int users, int items, int pairs, int seed)
    {
        Random random = new(seed);
        BipartiteGraphBuilder builder = new(users, items);
        for (int p = 0; p < pairs; p++)
        {
            // The last user and the last item stay alone whenever there is room.
            int user = random.Next(Math.Max(1, users - 1));
            int item = (int)(Math.Max(1, items - 1) * Math.Pow(random.NextDouble(), 2));
            builder.Add(user, item);
        }
        return builder.Build();
    }

    public static BipartiteGraph FromPairs(int users, int items, params (int User, int Item)[] pairs)
    {
        BipartiteGraphBuilder builder = new(users, items);
        foreach ((int user, int item) in pairs)
            builder.Add(user, item);
        return builder.Build();
    }
}
