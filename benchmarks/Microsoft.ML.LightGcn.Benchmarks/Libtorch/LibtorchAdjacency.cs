using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The normalised adjacency as the notebook makes it: a sparse COO tensor, coalesced, of (users + items)^2 with a value an edge.</summary>
internal static class LibtorchAdjacency
{
    public static Tensor Create(BipartiteGraph graph)
    {
        int users = graph.UserCount, nodes = users + graph.ItemCount;
        int edges = 2 * graph.InteractionCount;
        long[] indices = GC.AllocateUninitializedArray<long>(2 * edges);
        float[] values = GC.AllocateUninitializedArray<float>(edges);
        int edge = 0;
        for (int node = 0; node < nodes; node++)
        {
            ReadOnlySpan<int> neighbours = node < users ? graph.ItemsOf(node) : graph.UsersOf(node - users);
            foreach (int neighbour in neighbours)
            {
                int degree = (node < users ? graph.UsersOf(neighbour) : graph.ItemsOf(neighbour)).Length;
                indices[edge] = node;
                indices[edges + edge] = node < users ? users + neighbour : neighbour;
                values[edge++] = (float)(1 / Math.Sqrt((double)neighbours.Length * degree));
            }
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor matrix = sparse_coo_tensor(tensor(indices, [2, edges]), tensor(values), [nodes, nodes]);
        // TorchSharp has no coalesce(), but element-wise functions return coalesced tensors; values are positive, so this one changes none.
        return matrix.relu().MoveToOuterDisposeScope();
    }

    /// <summary>The notebook's propagation: the mean of the embeddings and of each layer.</summary>
    public static Tensor Propagate(Tensor adjacency, Tensor embeddings, int layerCount)
    {
        List<Tensor> layers = [embeddings];
        for (int l = 0; l < layerCount; l++)
            layers.Add(mm(adjacency, layers[^1]));
        return stack(layers, 0).mean([0]);
    }
}
