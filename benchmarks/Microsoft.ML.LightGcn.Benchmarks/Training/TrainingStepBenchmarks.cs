using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>A whole training step in the notebook's settings: 3 layers of 64 dimensions, a batch of 4,096.</summary>
public class TrainingStepBenchmarks
{
    private const int NotebookBatches = 16;

    // A training takes thousands of steps, the first of them in code that the JIT has not optimised yet; a short job would measure these.
    private const int WarmUpSteps = 100;
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(3);

    private IStepPeer? _peer;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1, 5);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [GlobalSetup(Target = nameof(BprOneThread))]
    public void SetUpBprOneThread() => SetUp(new EngineStep(StepSettings.Bpr(Graph.Load(), threadCount: 1)));

    [GlobalSetup(Target = nameof(BprTwoThreads))]
    public void SetUpBprTwoThreads() => SetUp(new EngineStep(StepSettings.Bpr(Graph.Load(), threadCount: 2)));

    [GlobalSetup(Target = nameof(SampledSoftmaxOneThread))]
    public void SetUpSampledSoftmaxOneThread() => SetUp(new EngineStep(StepSettings.SampledSoftmax(Graph.Load(), threadCount: 1)));

    [GlobalSetup(Target = nameof(SampledSoftmaxTwoThreads))]
    public void SetUpSampledSoftmaxTwoThreads() => SetUp(new EngineStep(StepSettings.SampledSoftmax(Graph.Load(), threadCount: 2)));

    [GlobalSetup(Target = nameof(Bfloat16BprTwoThreads))]
    public void SetUpBfloat16BprTwoThreads() => SetUp(new EngineStep(StepSettings.Bpr(Graph.Load(), threadCount: 2, precision: PropagationPrecision.Bfloat16)));

    [GlobalSetup(Target = nameof(Bfloat16SampledSoftmaxTwoThreads))]
    public void SetUpBfloat16SampledSoftmaxTwoThreads() => SetUp(new EngineStep(StepSettings.SampledSoftmax(Graph.Load(), threadCount: 2, precision: PropagationPrecision.Bfloat16)));

    [GlobalSetup(Target = nameof(TorchBprTwoThreads))]
    public void SetUpTorchBprTwoThreads() => SetUp(new EngineStep(StepSettings.Bpr(Graph.Load(), threadCount: 2), TorchEngine.Cpu()));

    [GlobalSetup(Target = nameof(TorchSampledSoftmaxTwoThreads))]
    public void SetUpTorchSampledSoftmaxTwoThreads() => SetUp(new EngineStep(StepSettings.SampledSoftmax(Graph.Load(), threadCount: 2), TorchEngine.Cpu()));

    [GlobalSetup(Target = nameof(NotebookOneThread))]
    public void SetUpNotebookOneThread() => SetUp(new NotebookStep(StepSettings.Bpr(Graph.Load(), threadCount: 1), threadCount: 1, NotebookBatches));

    [GlobalSetup(Target = nameof(NotebookTwoThreads))]
    public void SetUpNotebookTwoThreads() => SetUp(new NotebookStep(StepSettings.Bpr(Graph.Load(), threadCount: 2), threadCount: 2, NotebookBatches));

    [GlobalCleanup]
    public void CleanUp() => _peer?.Dispose();

    [Benchmark(Description = "BPR, 1 thread")]
    public double BprOneThread() => _peer!.Step();

    [Benchmark(Baseline = true, Description = "BPR, 2 threads")]
    public double BprTwoThreads() => _peer!.Step();

    [Benchmark(Description = "sampled softmax, 1 thread")]
    public double SampledSoftmaxOneThread() => _peer!.Step();

    [Benchmark(Description = "sampled softmax, 2 threads")]
    public double SampledSoftmaxTwoThreads() => _peer!.Step();

    [Benchmark(Description = "BPR, bfloat16, 2 threads")]
    public double Bfloat16BprTwoThreads() => _peer!.Step();

    [Benchmark(Description = "sampled softmax, bfloat16, 2 threads")]
    public double Bfloat16SampledSoftmaxTwoThreads() => _peer!.Step();

    [Benchmark(Description = "TorchSharp engine's BPR, 2 threads")]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public double TorchBprTwoThreads() => _peer!.Step();

    [Benchmark(Description = "TorchSharp engine's sampled softmax, 2 threads")]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public double TorchSampledSoftmaxTwoThreads() => _peer!.Step();

    [Benchmark(Description = "notebook's BPR in libtorch, 1 thread")]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public double NotebookOneThread() => _peer!.Step();

    [Benchmark(Description = "notebook's BPR in libtorch, 2 threads")]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public double NotebookTwoThreads() => _peer!.Step();

    private void SetUp(IStepPeer peer)
    {
        _peer = peer;
        Stopwatch watch = Stopwatch.StartNew();
        for (int step = 0; step < WarmUpSteps && watch.Elapsed < LongestWarmUp; step++)
            peer.Step();
    }
}
