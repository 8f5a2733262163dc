using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>A whole training step in the notebook's settings: 3 layers of 64 dimensions, a batch of 4,096.</summary>
public class TrainingStepBenchmarks
{
    private const int NotebookBatches = 16;

    private IStepPeer? _peer;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1, 5);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [GlobalSetup(Target = nameof(BprOneThread))]
    public void SetUpBprOneThread() => _peer = new EngineStep(StepSettings.Bpr(Graph.Load(), threadCount: 1));

    [GlobalSetup(Target = nameof(BprTwoThreads))]
    public void SetUpBprTwoThreads() => _peer = new EngineStep(StepSettings.Bpr(Graph.Load(), threadCount: 2));

    [GlobalSetup(Target = nameof(SampledSoftmaxOneThread))]
    public void SetUpSampledSoftmaxOneThread() => _peer = new EngineStep(StepSettings.SampledSoftmax(Graph.Load(), threadCount: 1));

    [GlobalSetup(Target = nameof(SampledSoftmaxTwoThreads))]
    public void SetUpSampledSoftmaxTwoThreads() => _peer = new EngineStep(StepSettings.SampledSoftmax(Graph.Load(), threadCount: 2));

    [GlobalSetup(Target = nameof(TorchBprTwoThreads))]
    public void SetUpTorchBprTwoThreads() => _peer = new EngineStep(StepSettings.Bpr(Graph.Load(), threadCount: 2), TorchEngine.Cpu());

    [GlobalSetup(Target = nameof(TorchSampledSoftmaxTwoThreads))]
    public void SetUpTorchSampledSoftmaxTwoThreads() => _peer = new EngineStep(StepSettings.SampledSoftmax(Graph.Load(), threadCount: 2), TorchEngine.Cpu());

    [GlobalSetup(Target = nameof(NotebookOneThread))]
    public void SetUpNotebookOneThread() => _peer = new NotebookStep(StepSettings.Bpr(Graph.Load(), threadCount: 1), threadCount: 1, NotebookBatches);

    [GlobalSetup(Target = nameof(NotebookTwoThreads))]
    public void SetUpNotebookTwoThreads() => _peer = new NotebookStep(StepSettings.Bpr(Graph.Load(), threadCount: 2), threadCount: 2, NotebookBatches);

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
}
