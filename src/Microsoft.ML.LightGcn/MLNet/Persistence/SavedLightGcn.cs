using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// A LightGCN model as a <see cref="SavedChain"/>: embeddings score, everything else is what training on and recommending take.
/// </summary>
internal static class SavedLightGcn
{
    private const string Kind = "LightGCN";

    private const string BaseUsers = "LightGcn.BaseUsers";
    private const string BaseItems = "LightGcn.BaseItems";
    private const string UserKeys = "LightGcn.UserKeys";
    private const string ItemKeys = "LightGcn.ItemKeys";
    private const string HistoryOffsets = "LightGcn.HistoryOffsets";
    private const string HistoryItems = "LightGcn.HistoryItems";
    private const string InteractionWeights = "LightGcn.InteractionWeights";
    private const string BaseAttributes = "LightGcn.BaseAttributes";
    private const int PlainFormat = 1, FormatWithGraph = 2;

    // The checksum is of all the rest and of the tables: those who read a zip do not verify the zip's own.
    // A state without interactions, which are null when the history was not kept, or without relations and weights reads as it did before
    // there were any.
    private sealed record State(int Format, string Kind, string UserColumnName, string ItemColumnName, int Users, int Items, int Dimension, float[] LayerWeights, bool UserKeys, bool ItemKeys, string Checksum,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Interactions = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? WeightedInteractions = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Relation[]? Relations = null);

    /// <summary>A relation's edges by number; their tables follow the history.</summary>
    private sealed record Relation(string Name, GraphRelationKind Kind, float Strength, int Entries, bool Weighted, int Attributes);

    /// <summary>Whether a transformer is a saved LightGCN, as ML.NET loads it.</summary>
    public static bool IsSaved(ITransformer transformer) =>
        SavedChain.IsSavedChain(transformer) && Parse(new SavedChain.Reader(transformer).ReadState()).Kind == Kind;

    public static TransformerChain<ITransformer> Create(LightGcnTransformer fitted)
    {
        LightGcnModelParameters model = fitted.Model;
        int dimension = model.EmbeddingDimension;
        SavedChain chain = new(fitted.UserColumnName, model.UserCount, fitted.ItemColumnName, model.ItemCount);
        chain.AddState(JsonSerializer.Serialize(WithChecksum(fitted)));
        chain.AddChunks<float>(BaseUsers, model.Embeddings.BaseUsers, NumberDataViewType.Single);
        chain.AddChunks<float>(BaseItems, model.Embeddings.BaseItems, NumberDataViewType.Single);
        if (model.Users.Values is { } userKeys)
            chain.AddChunks<ReadOnlyMemory<char>>(UserKeys, userKeys, TextDataViewType.Instance);
        if (model.Items.Values is { } itemKeys)
            chain.AddChunks<ReadOnlyMemory<char>>(ItemKeys, itemKeys, TextDataViewType.Instance);
        if (model.History is { } history)
        {
            chain.AddChunks<int>(HistoryOffsets, history.UserOffsets, NumberDataViewType.Int32);
            chain.AddChunks<int>(HistoryItems, history.UserItems, NumberDataViewType.Int32);
        }
        if (HasMoreThanInteractions(model.Graph))
            AddGraph(chain, model.Graph!, model.Embeddings.BaseAttributes);
        return chain.Finish(dimension, user => Row(model.UserEmbeddings, user), item => Row(model.ItemEmbeddings, item));

        VBuffer<float> Row(ReadOnlySpan<float> table, int row) => new(dimension, table.Slice(row * dimension, dimension).ToArray());
    }

    /// <exception cref="InvalidDataException">The chain is not one that <see cref="Create"/> made, or is damaged.</exception>
    public static LightGcnTransformer Read(IHostEnvironment environment, ITransformer savedChain)
    {
        SavedChain.Reader reader = new(savedChain);
        State state = Parse(reader.ReadState());
        CheckComplete(state);
        int dimension = state.Dimension;
        float[] baseUsers = reader.ReadChunks<float>(BaseUsers, (long)state.Users * dimension);
        float[] baseItems = reader.ReadChunks<float>(BaseItems, (long)state.Items * dimension);
        ReadOnlyMemory<char>[]? userKeys = state.UserKeys ? reader.ReadChunks<ReadOnlyMemory<char>>(UserKeys, state.Users) : null;
        ReadOnlyMemory<char>[]? itemKeys = state.ItemKeys ? reader.ReadChunks<ReadOnlyMemory<char>>(ItemKeys, state.Items) : null;
        BipartiteGraph? history = state.Interactions is int interactions ? ReadHistory(reader, state, interactions) : null;
        (HeterogeneousGraph? graph, float[] baseAttributes) = history is null ? (null, []) : ReadGraph(reader, state, history);
        // As many as there are layer-0 rows, which have been read.
        float[] users = reader.ReadVectors(SavedChain.UserVector, state.UserColumnName, state.Users, dimension);
        float[] items = reader.ReadVectors(SavedChain.ItemVector, state.ItemColumnName, state.Items, dimension);
        LightGcnModelParameters model = new(new TrainedEmbeddings(users, items, baseUsers, baseItems) { BaseAttributes = baseAttributes }, state.Users, state.Items, dimension, state.LayerWeights,
            KeyVocabulary.FromText(state.Users, userKeys), KeyVocabulary.FromText(state.Items, itemKeys), graph);
        LightGcnTransformer fitted = new(environment, model, state.UserColumnName, state.ItemColumnName);
        string checksum = WithChecksum(fitted).Checksum;
        return checksum == state.Checksum ? fitted : throw SavedChain.Foreign($"the checksum should be {state.Checksum} and is {checksum}");
    }

    private static BipartiteGraph ReadHistory(SavedChain.Reader reader, State state, int interactions)
    {
        int[] offsets = reader.ReadChunks<int>(HistoryOffsets, state.Users + 1L), items = reader.ReadChunks<int>(HistoryItems, interactions);
        return AreRows(offsets, items, state.Items) ? BipartiteGraphBuilder.FromUserRows(offsets, items, state.Items) : throw SavedChain.Foreign("the history is not one of ascending item indices for each user");
    }

    private static bool HasMoreThanInteractions(HeterogeneousGraph? graph) => graph is not null && (graph.InteractionWeights is not null || graph.Relations.Count > 0);

    private static void AddGraph(SavedChain chain, HeterogeneousGraph graph, float[] baseAttributes)
    {
        if (graph.InteractionWeights is { } interactionWeights)
            chain.AddChunks<float>(InteractionWeights, interactionWeights, NumberDataViewType.Single);
        for (int r = 0; r < graph.Relations.Count; r++)
        {
            EdgeSet relation = graph.Relations[r];
            chain.AddChunks<int>(Table(r, "Offsets"), relation.Rows.Offsets, NumberDataViewType.Int32);
            chain.AddChunks<int>(Table(r, "Columns"), relation.Rows.Indices, NumberDataViewType.Int32);
            if (relation.Rows.Weights is { } weights)
                chain.AddChunks<float>(Table(r, "Weights"), weights, NumberDataViewType.Single);
            if (relation.AttributeNames.Length > 0)
                chain.AddChunks<ReadOnlyMemory<char>>(Table(r, "Attributes"), Array.ConvertAll(relation.AttributeNames, name => name.AsMemory()), TextDataViewType.Instance);
        }
        if (baseAttributes.Length > 0)
            chain.AddChunks<float>(BaseAttributes, baseAttributes, NumberDataViewType.Single);
    }

    private static (HeterogeneousGraph Graph, float[] BaseAttributes) ReadGraph(SavedChain.Reader reader, State state, BipartiteGraph history)
    {
        float[]? interactionWeights = state.WeightedInteractions is true ? ReadWeights(reader, InteractionWeights, history.InteractionCount) : null;
        List<EdgeSet> relations = [];
        long attributes = 0;
        foreach (Relation relation in state.Relations ?? [])
        {
            bool isOfItemsOnly = relation.Kind == GraphRelationKind.ItemItem;
            int rowCount = relation.Kind == GraphRelationKind.UserAttribute ? state.Users : state.Items, r = relations.Count;
            int[] offsets = reader.ReadChunks<int>(Table(r, "Offsets"), rowCount + 1L), columns = reader.ReadChunks<int>(Table(r, "Columns"), relation.Entries);
            if (!AreRows(offsets, columns, isOfItemsOnly ? state.Items : relation.Attributes))
                throw SavedChain.Foreign($"relation '{relation.Name}' does not have rows of ascending indices");
            float[]? weights = relation.Weighted ? ReadWeights(reader, Table(r, "Weights"), relation.Entries) : null;
            string[] names = relation.Attributes == 0 ? [] : Array.ConvertAll(reader.ReadChunks<ReadOnlyMemory<char>>(Table(r, "Attributes"), relation.Attributes), name => name.ToString());
            if (names.Distinct().Count() < names.Length)
                throw SavedChain.Foreign($"relation '{relation.Name}' has two attributes of one name");
            SparseRows rows = new(offsets, columns, weights);
            if (isOfItemsOnly && !rows.IsSymmetric())
                throw SavedChain.Foreign($"relation '{relation.Name}' does not join the same items in both directions, with the same weight and none with itself");
            relations.Add(new EdgeSet(relation.Name, relation.Kind, relation.Strength, rows, names));
            attributes += relation.Attributes;
        }
        float[] baseAttributes = attributes == 0 ? [] : reader.ReadChunks<float>(BaseAttributes, attributes * state.Dimension);
        return (new HeterogeneousGraph(history, interactionWeights, relations), baseAttributes);
    }

    private static float[] ReadWeights(SavedChain.Reader reader, string name, int count)
    {
        float[] weights = reader.ReadChunks<float>(name, count);
        return Array.TrueForAll(weights, weight => weight > 0 && float.IsFinite(weight)) ? weights : throw SavedChain.Foreign($"{name} are not all positive finite numbers");
    }

    /// <summary>Checked before the checksum is, because graphs are built from them.</summary>
    private static bool AreRows(int[] offsets, int[] columns, int columnCount)
    {
        bool valid = offsets[0] == 0 && offsets[^1] == columns.Length;
        for (int row = 0; valid && row < offsets.Length - 1; row++)
        {
            int start = offsets[row], end = offsets[row + 1];
            valid = start <= end && end <= columns.Length;
            for (int entry = start; valid && entry < end; entry++)
                valid = (uint)columns[entry] < (uint)columnCount && (entry == start || columns[entry] > columns[entry - 1]);
        }
        return valid;
    }

    private static string Table(int relation, string part) => $"LightGcn.Relation{relation + 1}.{part}";

    private static State WithChecksum(LightGcnTransformer fitted)
    {
        LightGcnModelParameters model = fitted.Model;
        HeterogeneousGraph? graph = HasMoreThanInteractions(model.Graph) ? model.Graph : null;
        State state = new(graph is null ? PlainFormat : FormatWithGraph, Kind, fitted.UserColumnName, fitted.ItemColumnName, model.UserCount, model.ItemCount, model.EmbeddingDimension, [.. model.LayerWeights], model.Users.Values is not null, model.Items.Values is not null, "", model.History?.InteractionCount,
            graph?.InteractionWeights is null ? null : true,
            graph is null ? null : [.. graph.Relations.Select(relation => new Relation(relation.Name, relation.Kind, relation.Strength, relation.Rows.Count, relation.Rows.Weights is not null, relation.AttributeNames.Length))]);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(state));
        hash.AppendData(MemoryMarshal.AsBytes(model.UserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.ItemEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseUserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseItemEmbeddings));
        foreach (ReadOnlyMemory<char> key in (model.Users.Values ?? []).Concat(model.Items.Values ?? []))
        {
            hash.AppendData(MemoryMarshal.AsBytes(key.Span));
            hash.AppendData([0, 0]);
        }
        if (model.History is { } history)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>(history.UserOffsets));
            hash.AppendData(MemoryMarshal.AsBytes<int>(history.UserItems));
        }
        if (graph is not null)
        {
            hash.Append<float>(graph.InteractionWeights);
            foreach (EdgeSet relation in graph.Relations)
                relation.AppendTo(hash);
            hash.Append<float>(model.Embeddings.BaseAttributes);
        }
        return state with { Checksum = Convert.ToHexString(hash.GetHashAndReset()) };
    }

    private static State Parse(string json)
    {
        try
        {
            if (JsonSerializer.Deserialize<State>(json) is { Kind: not null } state)
                return state;
        }
        catch (JsonException error)
        {
            throw SavedChain.Foreign($"the state is not readable: {error.Message}");
        }
        throw SavedChain.Foreign($"the state does not say what it is of: {json}");
    }

    private static void CheckComplete(State state)
    {
        if (state is not { Format: PlainFormat or FormatWithGraph, Kind: Kind })
            throw SavedChain.Foreign($"expected format {PlainFormat} or {FormatWithGraph} of {Kind}, found format {state.Format} of {state.Kind}");
        if (state.Users < 1 || state.Items < 1 || state.Dimension < 1 || state.Interactions < 0 || state.LayerWeights is not { Length: > 0 } || string.IsNullOrEmpty(state.UserColumnName) || string.IsNullOrEmpty(state.ItemColumnName))
            throw SavedChain.Foreign($"the state is incomplete: {state}");
        if ((state.Format == FormatWithGraph) != (state.WeightedInteractions is true || state.Relations is { Length: > 0 }))
            throw SavedChain.Foreign($"format {state.Format} is not that of a model with {state.Relations?.Length ?? 0} relations");
        HashSet<string> names = [];
        foreach (Relation relation in state.Relations ?? [])
        {
            if (relation is null || string.IsNullOrEmpty(relation.Name) || !names.Add(relation.Name) || !Enum.IsDefined(relation.Kind) || !(relation.Strength > 0 && float.IsFinite(relation.Strength)) || relation.Entries < 0 || relation.Attributes < 0
                || (relation.Kind == GraphRelationKind.ItemItem) != (relation.Attributes == 0))
                throw SavedChain.Foreign($"the state has a relation that is none: {relation}");
        }
    }
}
