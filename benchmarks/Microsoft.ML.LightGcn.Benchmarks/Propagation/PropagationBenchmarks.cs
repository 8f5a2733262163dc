using BenchmarkDotNet.Attributes;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Three layers of 64 dimensions, forward and backward.</summary>
public class PropagationBenchmarks
{
    public const int Dimension = 64, LayerCount = 3;

    private IPropagationPeer? _peer;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1, 5, 50, 100);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [ParamsAllValues]
    public PropagationPass Pass { get; set; }

    [GlobalSetup(Target = nameof(Plain))]
    public void SetUpPlain() => _peer = new PlainPropagation(Input());

    [GlobalSetup(Target = nameof(OneThread))]
    public void SetUpOneThread() => _peer = new ManagedPropagation(Input(), threadCount: 1);

    [GlobalSetup(Target = nameof(TwoThreads))]
    public void SetUpTwoThreads() => _peer = new ManagedPropagation(Input(), threadCount: 2);

    [GlobalSetup(Target = nameof(Bfloat16OneThread))]
    public void SetUpBfloat16OneThread() => _peer = new ManagedPropagation(Input(), threadCount: 1, PropagationPrecision.Bfloat16);

    [GlobalSetup(Target = nameof(Bfloat16TwoThreads))]
    public void SetUpBfloat16TwoThreads() => _peer = new ManagedPropagation(Input(), threadCount: 2, PropagationPrecision.Bfloat16);

    [GlobalSetup(Target = nameof(LibtorchOneThread))]
    public void SetUpLibtorchOneThread() => _peer = new LibtorchPropagation(Input(), threadCount: 1);

    [GlobalSetup(Target = nameof(LibtorchTwoThreads))]
    public void SetUpLibtorchTwoThreads() => _peer = new LibtorchPropagation(Input(), threadCount: 2);

    [GlobalCleanup]
    public void CleanUp() => _peer?.Dispose();

    [Benchmark(Baseline = true, Description = "plain loop")]
    [Gathers]
    public void Plain() => Run();

    [Benchmark(Description = "float32, 1 thread")]
    [Gathers]
    public void OneThread() => Run();

    [Benchmark(Description = "float32, 2 threads")]
    [Gathers]
    public void TwoThreads() => Run();

    [Benchmark(Description = "bfloat16, 1 thread")]
    [Gathers(componentBytes: 2)]
    public void Bfloat16OneThread() => Run();

    [Benchmark(Description = "bfloat16, 2 threads")]
    [Gathers(componentBytes: 2)]
    public void Bfloat16TwoThreads() => Run();

    [Benchmark(Description = "libtorch COO, 1 thread")]
    [Gathers]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public void LibtorchOneThread() => Run();

    [Benchmark(Description = "libtorch COO, 2 threads")]
    [Gathers]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public void LibtorchTwoThreads() => Run();

    private PropagationInput Input() => new(Graph.Load(), Dimension, LayerCount);

    private void Run()
    {
        if (Pass == PropagationPass.Forward)
            _peer!.Forward();
        else
            _peer!.ForwardAndBackward();
    }
}
