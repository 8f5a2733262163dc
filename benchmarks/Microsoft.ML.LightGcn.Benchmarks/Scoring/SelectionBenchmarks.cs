using BenchmarkDotNet.Attributes;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The N best of 9,066 random scores: a list that is kept sorted by insertion, and a heap that is sorted at the end.</summary>
public class SelectionBenchmarks
{
    private const int ItemCount = 9066;

    private readonly float[] _scores = new float[ItemCount];
    private int[] _items = [];
    private float[] _itemScores = [];

    /// <summary>Number of items that are selected.</summary>
    [Params(10, 50, 250, 1000, ItemCount)]
    public int N { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(1);
        foreach (ref float score in _scores.AsSpan())
            score = random.NextSingle();
        (_items, _itemScores) = (new int[N], new float[N]);
    }

    [Benchmark(Baseline = true)]
    public int Insertion() => TopNSelection.Select(_scores, _items, _itemScores, int.MaxValue);

    [Benchmark]
    public int Heap() => TopNSelection.Select(_scores, _items, _itemScores, 0);
}
