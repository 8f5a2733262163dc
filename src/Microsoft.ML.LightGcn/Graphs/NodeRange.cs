namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>Consecutive nodes of one type: the users, the items, or the attributes of a relation.</summary>
/// <param name="First">The first node.</param>
/// <param name="Count">Number of nodes.</param>
/// <param name="Blocks">Their edges; of users and items, the interactions come first.</param>
internal sealed record NodeRange(int First, int Count, AdjacencyBlock[] Blocks);
