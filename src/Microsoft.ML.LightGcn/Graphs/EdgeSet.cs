using System.Security.Cryptography;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>The edges of a relation, by index.</summary>
/// <param name="Name">The relation's name.</param>
/// <param name="Kind">Which nodes the edges join.</param>
/// <param name="Strength">Factor of every weight.</param>
/// <param name="Rows">
/// A row for each item, or for each user, of attribute indices, or of other items: then every edge is there in both directions.
/// </param>
/// <param name="AttributeNames">The name of each attribute; empty for <see cref="GraphRelationKind.ItemItem"/>.</param>
internal sealed record EdgeSet(string Name, GraphRelationKind Kind, float Strength, SparseRows Rows, string[] AttributeNames)
{
    /// <summary>Number of edges.</summary>
    public int EdgeCount => Kind == GraphRelationKind.ItemItem ? Rows.Count / 2 : Rows.Count;

    /// <summary>Appends edges, weights and names to a hash.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        hash.Append(Rows.Offsets.Span);
        hash.Append(Rows.Indices.Span);
        hash.Append(Rows.Weights.Span);
        foreach (string name in AttributeNames)
            hash.AppendText(name);
    }
}
