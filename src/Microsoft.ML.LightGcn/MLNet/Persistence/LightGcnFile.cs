using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>A LightGCN model as tensors of a <see cref="ModelFile"/>.</summary>
internal static class LightGcnFile
{
    private const string Users = "user_embeddings", Items = "item_embeddings";
    private const string BaseUsers = "base.user_embeddings", BaseItems = "base.item_embeddings", BaseAttributes = "base.attribute_embeddings";
    private const string UnknownUsers = "unknown_users", UnknownItems = "unknown_items";
    private const string ByColumn = "item_weights.by_item", ByRow = "item_weights.by_seen_item", InteractionWeights = "interaction_weights";

    /// <summary>Adds a model's tensors, and says in the state what they are.</summary>
    public static ModelFileState Add(ModelFileWriter writer, LightGcnModelParameters model, ModelFileState state)
    {
        int dimension = model.EmbeddingDimension;
        NodeTable final = model.Embeddings.Final, layer0 = model.Embeddings.Base;
        AddUsers(Users, final.UserRows);
        writer.Add<float>(Items, final.Items, model.ItemCount, dimension);
        AddUsers(BaseUsers, layer0.UserRows);
        writer.Add<float>(BaseItems, layer0.Items, model.ItemCount, dimension);
        writer.Add<float>(BaseAttributes, layer0.Attributes, layer0.Layout.AttributeCount, dimension);
        return AddOthers(writer, dimension, [.. model.LayerWeights], ((IRankingModel)model).Known, model.Neighbourhood, model.Graph, state);

        void AddUsers(string name, RowTable rows) => writer.AddParts(name, take =>
        {
            foreach (Memory<float> piece in rows.Pieces)
                take(piece);
        }, rows.Count, dimension);
    }

    /// <summary>The same of what training learned, whose tables are read as they are written (<see cref="ReadTables"/>).</summary>
    public static ModelFileState Add(
        ModelFileWriter writer, TrainedRows rows, float[] layerWeights, HeterogeneousGraph? graph, ModelFileState state)
    {
        foreach ((string name, TrainingTable table, int first, int count) in Tables(rows.Layout))
            writer.AddParts(name, take => rows.Read(table, first, count, take), count, rows.Dimension);
        return AddOthers(writer, rows.Dimension, layerWeights, rows.Known, rows.Neighbourhood, graph, state);
    }

    /// <summary>Reads the tables in the order in which another process writes them.</summary>
    public static void ReadTables(TrainedRows rows)
    {
        foreach ((_, TrainingTable table, int first, int count) in Tables(rows.Layout))
            rows.Read(table, first, count, _ => { });
    }

    private static (string Name, TrainingTable Table, int First, int Count)[] Tables(NodeLayout layout) =>
    [
        (Users, TrainingTable.Propagated, 0, layout.UserCount),
        (Items, TrainingTable.Propagated, layout.FirstItem, layout.ItemCount),
        (BaseUsers, TrainingTable.Embeddings, 0, layout.UserCount),
        (BaseItems, TrainingTable.Embeddings, layout.FirstItem, layout.ItemCount),
        (BaseAttributes, TrainingTable.Embeddings, layout.FirstAttribute, layout.AttributeCount),
    ];

    private static ModelFileState AddOthers(
        ModelFileWriter writer, int dimension, float[] layerWeights, KnownNodes known, Neighbourhood? neighbourhood, HeterogeneousGraph? graph,
        ModelFileState state)
    {
        writer.Add<int>(UnknownUsers, known.UnknownUsers.ToArray(), known.UnknownUsers.Length);
        writer.Add<int>(UnknownItems, known.UnknownItems.ToArray(), known.UnknownItems.Length);
        if (neighbourhood is not null)
        {
            writer.AddRows(ByColumn, neighbourhood.Weights.ByColumn);
            writer.AddRows(ByRow, neighbourhood.Weights.ByRow);
        }
        IReadOnlyList<EdgeSet> relations = graph?.Relations ?? [];
        if (graph?.InteractionWeights is { } weights)
            writer.Add<float>(InteractionWeights, weights, weights.Length);
        for (int r = 0; r < relations.Count; r++)
        {
            writer.AddRows(Relation(r), relations[r].Rows);
            if (relations[r].AttributeNames.Length > 0)
                writer.AddTexts(Relation(r) + ".attributes", relations[r].AttributeNames);
        }
        return state with
        {
            Dimension = dimension,
            LayerWeights = layerWeights,
            WeightedInteractions = graph?.InteractionWeights is null ? null : true,
            Relations = relations.Count == 0 ? null : [.. relations.Select(SavedGraph.Relation.Of)],
            ItemWeights = neighbourhood?.Weights.NonZeroCount,
        };
    }

    /// <summary>Reads a model, whose tables stay in the file.</summary>
    public static LightGcnModelParameters Read(ModelFileReader reader)
    {
        ModelFileState state = reader.State;
        if (state is not { Dimension: >= 1, LayerWeights.Length: >= 1 } || (state.ItemWeights is not null && state.Interactions is null))
            throw reader.Tensors.Bad($"the description of the model is incomplete: {state}");
        HeterogeneousGraph? graph = state.Interactions is null ? null : ReadGraph(reader, reader.ReadHistory());
        NodeLayout layout = graph?.Layout ?? new NodeLayout(state.Users, state.Items);
        int dimension = state.Dimension.Value;
        NodeTable final = Table(layout.WithoutAttributes, Users, Items, null), layer0 = Table(layout, BaseUsers, BaseItems, BaseAttributes);
        Neighbourhood? neighbourhood = state.ItemWeights is not int weights ? null : new Neighbourhood(graph!.Interactions, SparseItemWeights.FromBoth(
            reader.ReadRows(ByRow, state.Items, state.Items, weights, hasWeights: weights > 0),
            reader.ReadRows(ByColumn, state.Items, state.Items, weights, hasWeights: weights > 0)));
        KnownNodes known = KnownNodes.Except(Unknown(UnknownUsers, state.Users), Unknown(UnknownItems, state.Items));
        return new LightGcnModelParameters(
            new TrainedEmbeddings(final, layer0) { Neighbourhood = neighbourhood }, state.LayerWeights, reader.Users, reader.Items, graph, known);

        NodeTable Table(NodeLayout nodes, string users, string items, string? attributes) => new(
            nodes, dimension, reader.Tensors.GetRows(users, nodes.UserCount, dimension), Rows(items, nodes.ItemCount),
            attributes is null ? default : Rows(attributes, nodes.AttributeCount));

        Memory<float> Rows(string name, int count) => reader.Tensors.Get<float>(name, (long)count * dimension);

        int[] Unknown(string name, int count)
        {
            long length = reader.Tensors.ShapeOf(name) is [var only] && only <= count
                ? only
                : throw reader.Tensors.Bad($"expected at most {count:N0} indices in {name}");
            int[] indices = reader.Tensors.Get<int>(name, length).ToArray();
            for (int n = 0; n < indices.Length; n++)
            {
                if ((uint)indices[n] >= (uint)count || (n > 0 && indices[n] <= indices[n - 1]))
                    throw reader.Tensors.Bad($"{name} are not ascending indices below {count:N0}");
            }
            return indices;
        }
    }

    private static HeterogeneousGraph ReadGraph(ModelFileReader reader, BipartiteGraph history)
    {
        ModelFileState state = reader.State;
        float[]? weights = state.WeightedInteractions is true ? reader.Tensors.Get<float>(InteractionWeights, history.InteractionCount).ToArray() : null;
        List<EdgeSet> relations = [];
        foreach (SavedGraph.Relation relation in state.Relations ?? [])
        {
            if (relation is null || !Enum.IsDefined(relation.Kind) || relation.Entries < 0 || relation.Attributes < 0
                || (relation.Kind == GraphRelationKind.ItemItem) != (relation.Attributes == 0))
                throw reader.Tensors.Bad($"the description of the model has a relation that is none: {relation}");
            int rowCount = relation.Kind == GraphRelationKind.UserAttribute ? state.Users : state.Items;
            int columnCount = relation.Attributes == 0 ? state.Items : relation.Attributes;
            SparseRows rows = reader.ReadRows(Relation(relations.Count), rowCount, columnCount, relation.Entries, relation.Weighted);
            // Their transposes are built now, for which indices have to be some.
            if (!rows.IsValid(columnCount))
                throw reader.Tensors.Bad($"relation '{relation.Name}' does not have rows of ascending indices");
            string[] names = relation.Attributes == 0 ? [] : [.. reader.ReadTexts(Relation(relations.Count) + ".attributes", relation.Attributes)];
            relations.Add(new EdgeSet(relation.Name, relation.Kind, relation.Strength, rows, names));
        }
        return new HeterogeneousGraph(history, weights, relations);
    }

    private static string Relation(int number) => $"relation{number + 1}";
}
