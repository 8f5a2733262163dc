using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The propagated embeddings that a batch reads, and the gradient of its loss with respect to them. Only the nodes that the batch touches
/// have a gradient; they get consecutive slots, so that the rest of the graph costs nothing.
/// </summary>
internal sealed class BatchGradient
{
    private readonly int[] _slotOf;
    private readonly int[] _nodes;

    /// <param name="nodeCount">Number of nodes of the graph.</param>
    /// <param name="capacity">The maximum number of nodes in a batch; more than nodeCount means nodeCount.</param>
    /// <param name="dimension">Components of an embedding.</param>
    /// <param name="hasBase">Whether the loss depends on layer-0 embeddings other than through propagation.</param>
    /// <param name="replacesEmbeddings">
    /// Whether the loss has read all embeddings by the time it writes the first gradient, which may then take their place.
    /// </param>
    /// <param name="room">Where its matrices lie; null for memory of their own.</param>
    public BatchGradient(int nodeCount, long capacity, int dimension, bool hasBase, bool replacesEmbeddings, MatrixRoom? room = null)
    {
        _slotOf = new int[nodeCount];
        Array.Fill(_slotOf, -1);
        _nodes = new int[Math.Min(nodeCount, capacity)];
        Rows = Matrix.In(room, _nodes.Length, dimension);
        Embeddings = replacesEmbeddings ? Rows : Matrix.In(room, _nodes.Length, dimension);
        BaseRows = hasBase ? Matrix.In(room, _nodes.Length, dimension) : null;
    }

    /// <summary>The slot of each node, -1 for a node that the batch does not touch.</summary>
    public ReadOnlySpan<int> SlotOf => _slotOf;

    /// <summary>The node of each slot.</summary>
    public ReadOnlySpan<int> Nodes => _nodes.AsSpan(0, Count);

    /// <summary>Number of slots in use.</summary>
    public int Count { get; private set; }

    /// <summary>The propagated embeddings: one row for each slot.</summary>
    public Matrix Embeddings { get; }

    /// <summary>The gradient: one row for each slot.</summary>
    public Matrix Rows { get; }

    /// <summary>The gradient with respect to layer-0 embeddings other than through propagation: one row for each slot; null if there is none.</summary>
    public Matrix? BaseRows { get; }

    /// <summary>The propagated embedding of a node that has a slot, padding included.</summary>
    public ReadOnlySpan<float> EmbeddingOf(int node) => Embeddings.PaddedRow(_slotOf[node]);

    /// <summary>Forgets the batch before.</summary>
    public void Clear()
    {
        foreach (int node in Nodes)
            _slotOf[node] = -1;
        Count = 0;
    }

    /// <summary>The slot of a node, a new one if it has none.</summary>
    public int AddNode(int node)
    {
        int slot = _slotOf[node];
        if (slot < 0)
        {
            slot = Count++;
            _slotOf[node] = slot;
            _nodes[slot] = node;
        }
        return slot;
    }
}
