using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>A model of random embeddings: scoring and loading cost what they cost after training.</summary>
internal static class RandomModel
{
    public static LightGcnTransformer Create(MLContext ml, int userCount, int itemCount, int dimension)
    {
        NodeTable table = new(new NodeLayout(userCount, itemCount), dimension, (float[])[.. RandomTable.Uniform(userCount * dimension, seed: 1), .. RandomTable.Uniform(itemCount * dimension, seed: 2)]);
        LightGcnModelParameters model = new(new TrainedEmbeddings(table, table), [1], new Vocabulary("user", userCount, null, () => null), new Vocabulary("item", itemCount, null, () => null), null);
        return new LightGcnTransformer(ml, model, "User", "Item");
    }
}
