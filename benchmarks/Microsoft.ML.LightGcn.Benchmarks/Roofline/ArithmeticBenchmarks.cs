using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>How many multiplications and additions a second there can be at most: the roof that scoring is measured against.</summary>
public class ArithmeticBenchmarks
{
    private MultiplyAdds? _arithmetic;

    [GlobalSetup(Target = nameof(OneThread))]
    public void SetUpOneThread() => _arithmetic = new MultiplyAdds(threadCount: 1);

    [GlobalSetup(Target = nameof(TwoThreads))]
    public void SetUpTwoThreads() => _arithmetic = new MultiplyAdds(threadCount: 2);

    [GlobalCleanup]
    public void CleanUp() => _arithmetic?.Dispose();

    [Benchmark(Description = "multiply-adds in registers, 1 thread")]
    [MultiplyAddOperations]
    public void OneThread() => _arithmetic!.Run();

    [Benchmark(Description = "multiply-adds in registers, 2 threads")]
    [MultiplyAddOperations]
    public void TwoThreads() => _arithmetic!.Run();
}
