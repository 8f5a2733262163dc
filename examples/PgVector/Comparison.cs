using System.Globalization;
using Microsoft.ML.LightGcn;

namespace PgVectorExample;

/// <summary>Shows that SQL and the recommender find the same similar items.</summary>
internal static class Comparison
{
    private const int Items = 3, Similar = 5;

    public static async Task WriteAsync(TextWriter output, ItemVectors vectors, Recommender recommender, CancellationToken cancellationToken)
    {
        for (uint key = 1; key <= Math.Min(Items, recommender.ItemCount); key++)
        {
            string id = recommender.GetItemId(new Key(key));
            await output.WriteLineAsync($"item {id}");
            await output.WriteLineAsync($"  SQL          {Text(await vectors.SimilarAsync(id, Similar, cancellationToken))}");
            await output.WriteLineAsync($"  Recommender  {Text(recommender.SimilarItems(id, new RecommendationOptions { Count = Similar }).Select(item => (item.Id, item.Score)))}");
        }
    }

    private static string Text(IEnumerable<(string Id, float Cosine)> items) =>
        string.Join("  ", items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Id} {item.Cosine:F4}")));
}
