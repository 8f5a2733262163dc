using Microsoft.ML.LightGcn;

namespace PgVectorExample;

/// <summary>The item embeddings of a model with their ids.</summary>
internal static class ItemEmbeddings
{
    public static IEnumerable<(string Id, ReadOnlyMemory<float> Embedding)> Of(LightGcnModelParameters model, Recommender recommender)
    {
        int dimension = model.EmbeddingDimension;
        ReadOnlyMemory<float> all = model.ItemEmbeddings.ToArray();
        for (int item = 0; item < model.ItemCount; item++)
            yield return (recommender.GetItemId(new Key((uint)item + 1)), all.Slice(item * dimension, dimension));
    }
}
