using Microsoft.ML.LightGcn.Tests;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>A graph to measure on, by name: made or read only where a benchmark asks for it.</summary>
public sealed class BenchmarkGraph
{
    private readonly Func<BipartiteGraph> _load;
    private readonly Lazy<int> _interactionCount;

    private BenchmarkGraph(string name, int userCount, int itemCount, Func<BipartiteGraph> load, Lazy<int> interactionCount)
    {
        Name = name;
        UserCount = userCount;
        ItemCount = itemCount;
        _load = load;
        _interactionCount = interactionCount;
    }

    /// <summary>The training part of Gowalla, or null where the data set is not at hand.</summary>
    public static BenchmarkGraph? Gowalla { get; } = Datasets.Find("gowalla") is { } folder ? FromGowalla(folder) : null;

    public string Name { get; }

    public int UserCount { get; }

    public int ItemCount { get; }

    public int InteractionCount => _interactionCount.Value;

    /// <summary>Gowalla where it is at hand, then synthetic graphs of so many million interactions.</summary>
    public static IEnumerable<BenchmarkGraph> WithMillions(params int[] millions)
    {
        if (Gowalla is not null)
            yield return Gowalla;
        foreach (int count in millions)
            yield return Synthetic($"{count}M", count * 1_000_000);
    }

    /// <summary>A seeded long-tailed graph of exactly so many interactions: 50 a user and 100 an item on average.</summary>
    public static BenchmarkGraph Synthetic(string name, int interactionCount)
    {
        int users = interactionCount / 50, items = interactionCount / 100;
        return new BenchmarkGraph(name, users, items, () => SyntheticGraph.Create(users, items, interactionCount, seed: 1), new Lazy<int>(interactionCount));
    }

    public BipartiteGraph Load() => _load();

    public override string ToString() => Name;

    private static BenchmarkGraph FromGowalla(string folder)
    {
        BipartiteGraph Load() => Tests.Gowalla.Read(folder).Train;
        return new BenchmarkGraph("gowalla", Tests.Gowalla.Users, Tests.Gowalla.Items, Load, new Lazy<int>(() => Load().InteractionCount));
    }
}
