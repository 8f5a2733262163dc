using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>What joins the nodes of a <see cref="NodeRange"/> to those of another range, or of the same.</summary>
/// <param name="FirstNeighbour">The node of column 0.</param>
/// <param name="Rows">A row for each node of the range; columns are neighbours.</param>
/// <param name="Strength">Factor of every weight.</param>
internal sealed record AdjacencyBlock(int FirstNeighbour, SparseRows Rows, float Strength);

/// <summary>Consecutive nodes of one type: the users, the items, or the attributes of a relation.</summary>
/// <param name="First">The first node.</param>
/// <param name="Count">Number of nodes.</param>
/// <param name="Blocks">Their edges; of users and items, the interactions come first.</param>
internal sealed record NodeRange(int First, int Count, AdjacencyBlock[] Blocks);
