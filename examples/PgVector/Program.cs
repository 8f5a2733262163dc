using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using PgVectorExample;

if (args.Length != 2)
{
    Console.Error.WriteLine("""
        Usage: PgVectorExample "Host=localhost;Username=postgres;Password=..." MODEL.zip
        Fills the table item_vectors with the item embeddings of a saved model, and shows similar items by SQL beside the recommender's.
        """);
    return 1;
}
MLContext ml = new();
ITransformer loaded = ModelFile.Load(ml, args[1]);
LightGcnModelParameters model = ml.Model.GetLightGcn(loaded).Model;
Recommender recommender = ml.Model.CreateRecommender(loaded);

await using ItemVectors vectors = new(args[0]);
await vectors.FillAsync(ItemEmbeddings.Of(model, recommender), model.EmbeddingDimension);
for (uint key = 1; key <= Math.Min(3, recommender.ItemCount); key++)
{
    string id = recommender.GetItemId(new Key(key));
    Console.WriteLine($"item {id}");
    Console.WriteLine($"  SQL          {Text((await vectors.SimilarAsync(id, 5)).Select(item => (item.Id, item.Cosine)))}");
    Console.WriteLine($"  Recommender  {Text(recommender.SimilarItems(id, new RecommendationOptions { Count = 5 }).Select(item => (item.Id, item.Score)))}");
}
return 0;

static string Text(IEnumerable<(string Id, float Cosine)> items) =>
    string.Join("  ", items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Id} {item.Cosine:F4}")));
