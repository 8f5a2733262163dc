using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The 20 best unseen items of every user, by inner products of 64 dimensions.</summary>
public class TopNBenchmarks
{
    public const int Dimension = 64;

    private const int ItemsPerUser = 20;

    private ITopNPeer? _peer;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [GlobalSetup(Target = nameof(OneThread))]
    public void SetUpOneThread() => _peer = new ManagedTopN(Input(), threadCount: 1);

    [GlobalSetup(Target = nameof(TwoThreads))]
    public void SetUpTwoThreads() => _peer = new ManagedTopN(Input(), threadCount: 2);

    [GlobalSetup(Target = nameof(LibtorchOneThread))]
    public void SetUpLibtorchOneThread() => _peer = new LibtorchTopN(Input(), threadCount: 1, LibtorchTopN.BestUsersPerTile);

    [GlobalSetup(Target = nameof(LibtorchTwoThreads))]
    public void SetUpLibtorchTwoThreads() => _peer = new LibtorchTopN(Input(), threadCount: 2, LibtorchTopN.BestUsersPerTile);

    [GlobalCleanup]
    public void CleanUp() => _peer?.Dispose();

    [Benchmark(Description = "1 thread")]
    [Scores]
    public void OneThread() => _peer!.Run();

    [Benchmark(Baseline = true, Description = "2 threads")]
    [Scores]
    public void TwoThreads() => _peer!.Run();

    [Benchmark(Description = "libtorch matmul + topk, 1 thread")]
    [Scores]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public void LibtorchOneThread() => _peer!.Run();

    [Benchmark(Description = "libtorch matmul + topk, 2 threads")]
    [Scores]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public void LibtorchTwoThreads() => _peer!.Run();

    private TopNInput Input() => new(Graph.Load(), Dimension, ItemsPerUser);
}
