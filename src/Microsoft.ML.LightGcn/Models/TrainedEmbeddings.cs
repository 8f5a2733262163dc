using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>What training learned.</summary>
/// <param name="Final">
/// Users and items after propagation, as they score: the score of a pair is the inner product of its two rows.
/// </param>
/// <param name="Base">Layer-0 embeddings of users, items and attributes: the learned parameters.</param>
internal sealed record TrainedEmbeddings(NodeTable Final, NodeTable Base)
{
    /// <summary>What items' weights for each other add to the score; null where it is the inner product alone.</summary>
    public Neighbourhood? Neighbourhood { get; init; }
}
