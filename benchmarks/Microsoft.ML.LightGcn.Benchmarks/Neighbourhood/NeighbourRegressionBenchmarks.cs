using BenchmarkDotNet.Attributes;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>All weights from item to item, from the graph to the last regression, with the defaults of Slim.</summary>
public class NeighbourRegressionBenchmarks
{
    private BipartiteGraph _graph = null!;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1, 5);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [Params(20, NeighbourRegressionSettings.DefaultNeighbourCount, 100)]
    public int NeighbourCount { get; set; }

    [GlobalSetup]
    public void SetUp() => _graph = Graph.Load();

    [Benchmark(Description = "1 thread")]
    public int OneThread() => Compute(1);

    [Benchmark(Baseline = true, Description = "2 threads")]
    public int TwoThreads() => Compute(2);

    private int Compute(int threads)
    {
        using ThreadTeam team = new(threads);
        return NeighbourRegression.Compute(_graph, new SlimTrainer.Options { NeighbourCount = NeighbourCount }.Settings, team, default).Count;
    }
}
