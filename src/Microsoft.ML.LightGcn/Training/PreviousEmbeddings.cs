using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>The layer-0 embeddings of the model that training continues from, by the nodes of the graph to train on. They stay where they are.</summary>
/// <param name="table">The model's rows.</param>
/// <param name="rowOf">The row of each node; -1 for one that the model does not have.</param>
internal sealed class PreviousEmbeddings(NodeTable table, int[] rowOf)
{
    /// <summary>A row for each node, in the order of the nodes.</summary>
    public PreviousEmbeddings(NodeTable table)
        : this(table, [.. Enumerable.Range(0, table.Layout.NodeCount)])
    {
    }

    /// <summary>The row of a node: empty, or zero, for one that starts fresh.</summary>
    public ReadOnlySpan<float> this[int node] => rowOf[node] < 0 ? default : table[rowOf[node]];

    /// <summary>The greatest component, by its absolute value.</summary>
    public float Greatest()
    {
        float greatest = 0;
        for (int node = 0; node < rowOf.Length; node++)
        {
            if (!this[node].IsEmpty)
                greatest = Math.Max(greatest, Math.Abs(TensorPrimitives.MaxMagnitude(this[node])));
        }
        return greatest;
    }
}
