using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// What a saved LightGCN says of itself. Its checksum is of all the rest and of the tables: those who read a zip do not verify the zip's own.
/// </summary>
/// <remarks>
/// What later versions added is null in files of earlier ones, and left out where it is null, so that their checksums stay as they are: interactions,
/// null when the history was not kept; weights and relations; the types of ids; the number of weights from item to item.
/// </remarks>
internal sealed record SavedLightGcnState(
    int Format, string Kind, string UserColumnName, string ItemColumnName, int Users, int Items, int Dimension, float[] LayerWeights,
    bool UserKeys, bool ItemKeys, string Checksum,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Interactions = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? WeightedInteractions = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SavedGraph.Relation[]? Relations = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? UserIdType = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ItemIdType = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? NeighbourWeights = null)
{
    /// <summary>What <see cref="Kind"/> says.</summary>
    public const string KindName = "LightGCN";

    private const int PlainFormat = 1, FormatWithGraph = 2, FormatWithNeighbourhood = 3;

    /// <summary>The ids, as <see cref="SavedKeys"/> reads them.</summary>
    [JsonIgnore]
    public SavedKeyTypes KeyTypes => new(UserKeys, ItemKeys, UserIdType, ItemIdType);

    /// <summary>The state of a model.</summary>
    public static SavedLightGcnState Of(LightGcnModelParameters model, string userColumnName, string itemColumnName)
    {
        HeterogeneousGraph? graph = HasMoreThanInteractions(model.Graph) ? model.Graph : null;
        return new SavedLightGcnState(
            model.Neighbourhood is not null ? FormatWithNeighbourhood : graph is null ? PlainFormat : FormatWithGraph, KindName, userColumnName, itemColumnName,
            model.UserCount, model.ItemCount, model.EmbeddingDimension, [.. model.LayerWeights],
            model.Users.Names is not null, model.Items.Names is not null, "", model.History?.InteractionCount,
            graph?.InteractionWeights is null ? null : true,
            graph is null ? null : [.. graph.Relations.Select(SavedGraph.Relation.Of)],
            SavedKeys.TypeOf(model.Users), SavedKeys.TypeOf(model.Items), model.Neighbourhood?.Weights.NonZeroCount);
    }

    /// <summary>Whether a graph has weights or relations.</summary>
    public static bool HasMoreThanInteractions(HeterogeneousGraph? graph) =>
        graph is not null && (graph.InteractionWeights is not null || graph.Relations.Count > 0);

    /// <summary>This state with the checksum of it and of a model.</summary>
    public SavedLightGcnState WithChecksum(LightGcnModelParameters model)
    {
        SavedLightGcnState state = this with { Checksum = "" };
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(state, JsonText.Plain));
        hash.Append(model.UserEmbeddings);
        hash.Append(model.ItemEmbeddings);
        hash.Append(model.BaseUserEmbeddings);
        hash.Append(model.BaseItemEmbeddings);
        foreach (string id in (model.Users.Names ?? []).Concat(model.Items.Names ?? []))
            hash.AppendText(id);
        if (model.History is { } history)
        {
            hash.Append(history.ByUser.Offsets.Span);
            hash.Append(history.ByUser.Indices.Span);
        }
        if (HasMoreThanInteractions(model.Graph))
        {
            hash.Append<float>(model.Graph!.InteractionWeights);
            foreach (EdgeSet relation in model.Graph.Relations)
                relation.AppendTo(hash);
            hash.Append<float>(model.Embeddings.Base.Attributes.Span);
        }
        if (model.Neighbourhood is { } neighbourhood)
        {
            hash.Append(neighbourhood.Weights.ByColumn.Offsets.Span);
            hash.Append(neighbourhood.Weights.ByColumn.Indices.Span);
            hash.Append(neighbourhood.Weights.ByColumn.Weights.Span);
        }
        return state with { Checksum = Convert.ToHexString(hash.GetHashAndReset()) };
    }

    /// <summary>Checks that a state is one of this format, and whole.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public void Check()
    {
        if (this is not { Format: >= PlainFormat and <= FormatWithNeighbourhood, Kind: KindName })
            throw SavedChain.Foreign($"expected format {PlainFormat} to {FormatWithNeighbourhood} of {KindName}, found format {Format} of {Kind}");
        if (Users < 1 || Items < 1 || Dimension < 1 || Interactions < 0
            || LayerWeights is not { Length: > 0 } || string.IsNullOrEmpty(UserColumnName) || string.IsNullOrEmpty(ItemColumnName))
            throw SavedChain.Foreign($"the state is incomplete: {this}");
        if ((Format == FormatWithNeighbourhood) != NeighbourWeights >= 0 || (NeighbourWeights is not null && Interactions is null))
            throw SavedChain.Foreign($"format {Format} is not that of a model with {NeighbourWeights} weights from item to item");
        if (Format != FormatWithNeighbourhood && (Format == FormatWithGraph) != (WeightedInteractions is true || Relations is { Length: > 0 }))
            throw SavedChain.Foreign($"format {Format} is not that of a model with {Relations?.Length ?? 0} relations");
        HashSet<string> names = [];
        foreach (SavedGraph.Relation relation in Relations ?? [])
        {
            if (relation is null || string.IsNullOrEmpty(relation.Name) || !names.Add(relation.Name) || !Enum.IsDefined(relation.Kind)
                || !(relation.Strength > 0 && float.IsFinite(relation.Strength)) || relation.Entries < 0 || relation.Attributes < 0
                || (relation.Kind == GraphRelationKind.ItemItem) != (relation.Attributes == 0))
                throw SavedChain.Foreign($"the state has a relation that is none: {relation}");
        }
    }
}
