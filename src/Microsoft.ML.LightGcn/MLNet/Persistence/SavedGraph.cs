using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>A model's interactions and relations as tables of a <see cref="SavedChain"/>.</summary>
internal static class SavedGraph
{
    private const string HistoryOffsets = "LightGcn.HistoryOffsets";
    private const string HistoryItems = "LightGcn.HistoryItems";
    private const string InteractionWeights = "LightGcn.InteractionWeights";

    /// <summary>A relation's edges by number, as the state of a model has it.</summary>
    internal sealed record Relation(string Name, GraphRelationKind Kind, float Strength, int Entries, bool Weighted, int Attributes)
    {
        public static Relation Of(EdgeSet edges) =>
            new(edges.Name, edges.Kind, edges.Strength, edges.Rows.Count, edges.Rows.HasWeights, edges.AttributeNames.Length);
    }

    /// <summary>Adds the interactions.</summary>
    public static void AddHistory(SavedChain chain, BipartiteGraph history)
    {
        chain.AddChunks<int>(HistoryOffsets, history.ByUser.Offsets, NumberDataViewType.Int32);
        chain.AddChunks<int>(HistoryItems, history.ByUser.Indices, NumberDataViewType.Int32);
    }

    /// <summary>Reads the interactions.</summary>
    public static BipartiteGraph ReadHistory(SavedChain.Reader reader, int userCount, int itemCount, int interactionCount)
    {
        SparseRows rows = new(reader.ReadChunks<int>(HistoryOffsets, userCount + 1L), reader.ReadChunks<int>(HistoryItems, interactionCount), null);
        return rows.IsValid(itemCount)
            ? new BipartiteGraph(rows, itemCount)
            : throw SavedChain.Foreign("the history is not one of ascending item indices for each user");
    }

    /// <summary>Adds the weights of interactions and the relations.</summary>
    public static void AddRelations(SavedChain chain, HeterogeneousGraph graph)
    {
        if (graph.InteractionWeights is { } interactionWeights)
            chain.AddChunks<float>(InteractionWeights, interactionWeights, NumberDataViewType.Single);
        for (int r = 0; r < graph.Relations.Count; r++)
        {
            EdgeSet relation = graph.Relations[r];
            chain.AddChunks<int>(Table(r, "Offsets"), relation.Rows.Offsets, NumberDataViewType.Int32);
            chain.AddChunks<int>(Table(r, "Columns"), relation.Rows.Indices, NumberDataViewType.Int32);
            if (relation.Rows.HasWeights)
                chain.AddChunks<float>(Table(r, "Weights"), relation.Rows.Weights, NumberDataViewType.Single);
            if (relation.AttributeNames.Length > 0)
                chain.AddChunks<ReadOnlyMemory<char>>(
                    Table(r, "Attributes"), Array.ConvertAll(relation.AttributeNames, name => name.AsMemory()), TextDataViewType.Instance);
        }
    }

    /// <summary>Reads the weights of interactions and the relations.</summary>
    public static HeterogeneousGraph ReadRelations(SavedChain.Reader reader, BipartiteGraph history, bool weighted, IReadOnlyList<Relation> relations)
    {
        float[]? interactionWeights = weighted ? ReadWeights(reader, InteractionWeights, history.InteractionCount) : null;
        List<EdgeSet> read = [];
        foreach (Relation relation in relations)
            read.Add(ReadRelation(
                reader, relation, read.Count, relation.Kind == GraphRelationKind.UserAttribute ? history.UserCount : history.ItemCount, history.ItemCount));
        return new HeterogeneousGraph(history, interactionWeights, read);
    }

    private static EdgeSet ReadRelation(SavedChain.Reader reader, Relation relation, int r, int rowCount, int itemCount)
    {
        bool isOfItemsOnly = relation.Kind == GraphRelationKind.ItemItem;
        SparseRows rows = new(reader.ReadChunks<int>(Table(r, "Offsets"), rowCount + 1L), reader.ReadChunks<int>(Table(r, "Columns"), relation.Entries), null);
        // Checked before the checksum is, because graphs are built from them.
        if (!rows.IsValid(isOfItemsOnly ? itemCount : relation.Attributes))
            throw SavedChain.Foreign($"relation '{relation.Name}' does not have rows of ascending indices");
        rows = rows with { Weights = relation.Weighted ? ReadWeights(reader, Table(r, "Weights"), relation.Entries) : null };
        string[] names = relation.Attributes == 0
            ? []
            : Array.ConvertAll(reader.ReadChunks<ReadOnlyMemory<char>>(Table(r, "Attributes"), relation.Attributes), name => name.ToString());
        if (names.Distinct().Count() < names.Length)
            throw SavedChain.Foreign($"relation '{relation.Name}' has two attributes of one name");
        if (isOfItemsOnly && !rows.IsSymmetric())
            throw SavedChain.Foreign($"relation '{relation.Name}' does not join the same items in both directions, with the same weight and none with itself");
        return new EdgeSet(relation.Name, relation.Kind, relation.Strength, rows, names);
    }

    private static float[] ReadWeights(SavedChain.Reader reader, string name, int count)
    {
        float[] weights = reader.ReadChunks<float>(name, count);
        return Array.TrueForAll(weights, weight => weight > 0 && float.IsFinite(weight))
            ? weights
            : throw SavedChain.Foreign($"{name} are not all positive finite numbers");
    }

    private static string Table(int relation, string part) => $"LightGcn.Relation{relation + 1}.{part}";
}
