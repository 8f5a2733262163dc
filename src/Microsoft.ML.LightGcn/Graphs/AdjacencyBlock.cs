using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>What joins the nodes of a <see cref="NodeRange"/> to those of another range, or of the same.</summary>
/// <param name="FirstNeighbour">The node of column 0.</param>
/// <param name="Rows">A row for each node of the range; columns are neighbours.</param>
/// <param name="Strength">Factor of every weight.</param>
internal sealed record AdjacencyBlock(int FirstNeighbour, SparseRows Rows, float Strength);
