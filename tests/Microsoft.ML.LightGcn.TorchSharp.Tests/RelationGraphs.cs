using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>Interactions of any size with relations of all kinds, some of whose lists are as long as there are items or users.</summary>
internal static class RelationGraphs
{
    /// <summary>The interactions alone; with relations in which every edge counts as one interaction; with weights and strengths everywhere.</summary>
    public static HeterogeneousGraph[] AllOf(BipartiteGraph interactions) =>
        [new(interactions), Of(interactions, weighted: false, ofUsers: false), Of(interactions, weighted: false, ofUsers: true), Of(interactions, weighted: true, ofUsers: true)];

    public static HeterogeneousGraph Of(BipartiteGraph interactions, bool weighted, bool ofUsers)
    {
        Random random = new(8);
        int users = interactions.UserCount, items = interactions.ItemCount;
        // Every item is of kind 0 or 1, and in a further one of many; item 0 is everyone's fellow.
        List<EdgeSet> relations =
        [
            Relation("kinds", GraphRelationKind.ItemAttribute, [.. Enumerable.Range(0, items).SelectMany(item => ((int, int)[])[(item, item % 2), (item, 2 + item % 7)])], items, 9),
            Relation("fellows", GraphRelationKind.ItemItem, [.. Enumerable.Range(1, items - 1).SelectMany(item => ((int, int)[])[(0, item), (item, 0)])], items, items),
        ];
        if (ofUsers)
            relations.Add(Relation("clubs", GraphRelationKind.UserAttribute, [.. Enumerable.Range(0, users).Select(user => (user, user % 3))], users, 3));
        float[]? weights = weighted ? [.. interactions.ByUser.Indices.ToArray().Select(_ => 0.25f + random.NextSingle())] : null;
        return new HeterogeneousGraph(interactions, weights, relations);

        EdgeSet Relation(string name, GraphRelationKind kind, (int Row, int Column)[] edges, int rowCount, int columnCount)
        {
            // An edge between items weighs the same in both directions.
            float[] values = new float[edges.Length];
            for (int edge = 0; edge < edges.Length; edge++)
                values[edge] = kind == GraphRelationKind.ItemItem && edge % 2 == 1 ? values[edge - 1] : 0.1f + random.NextSingle();
            SparseRows rows = SparseRows.FromEntries([.. edges.Select(edge => edge.Row)], [.. edges.Select(edge => edge.Column)], values, rowCount, columnCount);
            string[] names = kind == GraphRelationKind.ItemItem ? [] : [.. Enumerable.Range(0, columnCount).Select(n => $"{name} {n}")];
            return new EdgeSet(name, kind, weighted ? 1.5f : 1, weighted ? rows : rows with { Weights = null }, names);
        }
    }
}
