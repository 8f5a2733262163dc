using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace PgVectorExample.Tests;

/// <summary>The example against a real server, where there is one.</summary>
public sealed class ItemVectorsTests
{
    private const string Variable = "LIGHTGCN_POSTGRES";

    [Fact]
    public async Task Sql_finds_the_neighbours_that_the_recommender_finds()
    {
        string? connectionString = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(connectionString), $"Needs a PostgreSQL with pgvector: set {Variable} to a connection string of Npgsql, of a database whose table item_vectors may be replaced.");
        CancellationToken token = TestContext.Current.CancellationToken;
        MLContext ml = new(1);
        Random random = new(2);
        IDataView rows = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 2000).Select(_ => new Interaction { UserId = $"u{random.Next(100)}", ItemId = $"it'em {random.Next(80)}" }).ToArray());
        LightGcnTransformer transformer = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Append(ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { EmbeddingDimension = 20, EpochCount = 2, Neighbourhood = null })).Fit(rows).LastTransformer;
        Recommender recommender = ml.Model.CreateRecommender(transformer);

        await using ItemVectors vectors = new(connectionString!);
        // Twice: filling replaces what is there.
        await vectors.FillAsync(ItemEmbeddings.Of(transformer.Model, recommender).Take(3), 20, token);
        await vectors.FillAsync(ItemEmbeddings.Of(transformer.Model, recommender), 20, token);
        for (uint key = 1; key <= 80; key++)
        {
            IReadOnlyList<ScoredItem> expected = recommender.SimilarItems(new Key(key));
            IReadOnlyList<(string Id, float Cosine)> found = await vectors.SimilarAsync(recommender.GetItemId(new Key(key)), 10, token);
            Assert.Equal(expected.Select(item => item.Id), found.Select(item => item.Id));
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Cosine, 1e-5));
        }
    }

    private sealed class Interaction
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";
    }
}
