using System.Buffers;
using Microsoft.ML.LightGcn.Kernels;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Recommenders;

/// <summary>
/// The part of a user's embedding that comes through the edges of the graph, for any list of items: exactly what the trained
/// model gives to a user of that history, less the user's own layer-0 embedding.
/// </summary>
/// <remarks>
/// With layer weights w_0..w_L, e_u = sum of w_l E_u^(l), and for l &gt; 0 E_u^(l) = sum over the history H of
/// E_i^(l-1) / sqrt(|H| d_i). So e_u - w_0 E_u^(0) = 1/sqrt(|H|) * sum over H of S_i / sqrt(d_i), where
/// S_i = sum over l = 0..L-1 of w_(l+1) E_i^(l): the propagation of layer-0 embeddings with the weights w_1..w_L. The table of
/// S_i / sqrt(d_i) is all that it takes.
/// </remarks>
internal sealed unsafe class FoldIn
{
    private readonly EmbeddingTable _rows;
    private readonly BipartiteGraph _history;

    private FoldIn(EmbeddingTable rows, BipartiteGraph history)
    {
        _rows = rows;
        _history = history;
    }

    /// <summary>The fold-in of a model that kept its history; null without layers, where edges carry nothing.</summary>
    public static FoldIn? Create(LightGcnModelParameters model, BipartiteGraph history)
    {
        if (model.LayerWeights.Count == 1)
            return null;
        int users = model.UserCount, nodes = users + model.ItemCount, dimension = model.EmbeddingDimension;
        EmbeddingTable embeddings = new(nodes, dimension), sums = new(nodes, dimension);
        for (int node = 0; node < nodes; node++)
        {
            ReadOnlySpan<float> row = node < users ? model.BaseUserEmbeddings.Slice(node * dimension, dimension) : model.BaseItemEmbeddings.Slice((node - users) * dimension, dimension);
            row.CopyTo(embeddings.Row(node));
        }
        using (ThreadTeam team = new(Environment.ProcessorCount))
            new Propagation(new Graphs.HeterogeneousGraph(history), [.. model.LayerWeights.Skip(1)], new EmbeddingTable(nodes, dimension), team).Forward(embeddings, sums);
        EmbeddingTable rows = new(model.ItemCount, dimension);
        for (int item = 0; item < model.ItemCount; item++)
            System.Numerics.Tensors.TensorPrimitives.Multiply(sums.Row(users + item), ItemSubspace.InverseRoot(history.UsersOf(item).Length), rows.Row(item));
        return new FoldIn(rows, history);
    }

    /// <summary>Whether an item says something of who chose it: an item without training interactions does not.</summary>
    public bool IsUseful(int item) => !_history.UsersOf(item).IsEmpty;

    /// <summary>Writes the embedding of a history.</summary>
    /// <param name="items">Item indices; those without training interactions do not count.</param>
    /// <param name="vector">Receives the embedding, padded with zeros to the stride of a table.</param>
    /// <returns>The number of items that counted; with none the embedding is zero.</returns>
    public int Embed(ReadOnlySpan<int> items, Span<float> vector)
    {
        int[] useful = ArrayPool<int>.Shared.Rent(items.Length);
        int count = 0;
        foreach (int item in items)
        {
            if (IsUseful(item))
                useful[count++] = item;
        }
        fixed (int* rows = useful)
        fixed (float* output = vector[.._rows.Stride])
            NeighbourSum.Compute(rows, null, count, _rows.Pointer, _rows.Stride, ItemSubspace.InverseRoot(count), null, 0, output);
        ArrayPool<int>.Shared.Return(useful);
        GC.KeepAlive(_rows);
        return count;
    }

    /// <summary>What an item of a history of <paramref name="count"/> useful items adds to the score of an embedding.</summary>
    public float Contribution(int item, int count, ReadOnlySpan<float> embedding) =>
        ItemSubspace.InverseRoot(count) * PairScore.Compute(_rows.Row(item), embedding);
}
