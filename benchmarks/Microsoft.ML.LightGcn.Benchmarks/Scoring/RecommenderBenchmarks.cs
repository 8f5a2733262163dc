using BenchmarkDotNet.Attributes;
using Microsoft.ML.LightGcn.Models;

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
        float[] users = RandomTable.Uniform(UserCount * Dimension, seed: 1), items = RandomTable.Uniform(ItemCount * Dimension, seed: 2);
        LightGcnModelParameters model = new(new TrainedEmbeddings(users, items, users, items), UserCount, ItemCount, Dimension, [1], KeyVocabulary.FromText(UserCount, null), KeyVocabulary.FromText(ItemCount, null), null);
        _recommender = ml.Model.CreateRecommender(new LightGcnTransformer(ml, model, "User", "Item"), _options);
    }

    [Benchmark(Description = "Top 10, one user")]
    public Recommendations Recommend() => _recommender.RecommendByKey(1 + _next++ % UserCount, _options);
}
