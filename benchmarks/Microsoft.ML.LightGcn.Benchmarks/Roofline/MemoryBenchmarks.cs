using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>What the machine's caches and memory give at most: the roof that propagation is measured against.</summary>
public class MemoryBenchmarks
{
    public const int BytesPerMebibyte = 1 << 20;

    private MemoryTraffic? _traffic;

    [Params(8, 64, 1024)]
    public int Mebibytes { get; set; }

    [GlobalSetup(Targets = [nameof(SumOneThread), nameof(TriadOneThread), nameof(GatherOneThread)])]
    public void SetUpOneThread() => _traffic = new MemoryTraffic(Mebibytes * (BytesPerMebibyte / sizeof(float)), threadCount: 1);

    [GlobalSetup(Targets = [nameof(SumTwoThreads), nameof(TriadTwoThreads), nameof(GatherTwoThreads)])]
    public void SetUpTwoThreads() => _traffic = new MemoryTraffic(Mebibytes * (BytesPerMebibyte / sizeof(float)), threadCount: 2);

    [GlobalCleanup]
    public void CleanUp() => _traffic?.Dispose();

    [Benchmark(Description = "sum, 1 thread")]
    [StreamedBytes]
    public float SumOneThread() => _traffic!.Sum();

    [Benchmark(Description = "sum, 2 threads")]
    [StreamedBytes]
    public float SumTwoThreads() => _traffic!.Sum();

    [Benchmark(Description = "triad, 1 thread")]
    [StreamedBytes]
    public void TriadOneThread() => _traffic!.Triad();

    [Benchmark(Description = "triad, 2 threads")]
    [StreamedBytes]
    public void TriadTwoThreads() => _traffic!.Triad();

    [Benchmark(Description = "random rows of 256 bytes, 1 thread")]
    [StreamedBytes]
    public float GatherOneThread() => _traffic!.Gather();

    [Benchmark(Description = "random rows of 256 bytes, 2 threads")]
    [StreamedBytes]
    public float GatherTwoThreads() => _traffic!.Gather();
}
