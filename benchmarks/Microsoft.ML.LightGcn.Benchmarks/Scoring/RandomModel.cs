using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>A model of random embeddings: scoring and loading cost what they cost after training.</summary>
internal static class RandomModel
{
    public static LightGcnTransformer Create(MLContext ml, int userCount, int itemCount, int dimension)
    {
        float[] users = RandomTable.Uniform(userCount * dimension, seed: 1), items = RandomTable.Uniform(itemCount * dimension, seed: 2);
        LightGcnModelParameters model = new(new TrainedEmbeddings(users, items, users, items), userCount, itemCount, dimension, [1], KeyVocabulary.FromText(userCount, null), KeyVocabulary.FromText(itemCount, null), null);
        return new LightGcnTransformer(ml, model, "User", "Item");
    }
}
