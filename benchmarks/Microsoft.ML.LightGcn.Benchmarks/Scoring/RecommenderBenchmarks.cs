using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The ten best items for one user, on one core, through the recommender that an application shares.</summary>
public class RecommenderBenchmarks
{
    private const int UserCount = 1024;

    private readonly RecommendationOptions _options = new() { Count = 10, ExcludeSeen = false };
    private Recommender _recommender = null!;
    private uint _next;

    [Params(10_000, 1_000_000)]
    public int ItemCount { get; set; }

    [Params(64, LightGcnTrainer.Options.DefaultEmbeddingDimension)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        MLContext ml = new(seed: 1);
        _recommender = ml.Model.CreateRecommender(RandomModel.Create(ml, UserCount, ItemCount, Dimension), _options);
    }

    [Benchmark(Description = "Top 10, one user")]
    public Recommendations Recommend() => _recommender.Recommend(new Key(1 + _next++ % UserCount), _options);
}
