namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>What every propagation peer is given: a graph, embeddings, and a gradient that is not zero anywhere.</summary>
internal sealed class PropagationInput(BipartiteGraph graph, int dimension, int layerCount)
{
    public BipartiteGraph Graph { get; } = graph;

    public int NodeCount => Graph.UserCount + Graph.ItemCount;

    public int Dimension { get; } = dimension;

    public int LayerCount { get; } = layerCount;

    /// <summary>Row-major, nodes x dimension.</summary>
    public float[] Embeddings { get; } = RandomTable.Uniform((graph.UserCount + graph.ItemCount) * dimension, seed: 1);

    /// <summary>The loss's gradient with respect to the propagated embeddings; row-major, nodes x dimension.</summary>
    public float[] OutputGradient { get; } = RandomTable.Uniform((graph.UserCount + graph.ItemCount) * dimension, seed: 2);
}
