using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Models;

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
    private const int Format = 1;

    // The checksum is of all the rest and of the tables: those who read a zip do not verify the zip's own.
    // A state without interactions, which are null when the history was not kept, reads as it did before there were any.
    private sealed record State(int Format, string Kind, string UserColumnName, string ItemColumnName, int Users, int Items, int Dimension, float[] LayerWeights, bool UserKeys, bool ItemKeys, string Checksum,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Interactions = null);

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
        float[] users = reader.ReadVectors(SavedChain.UserVector, state.UserColumnName, state.Users, dimension);
        float[] items = reader.ReadVectors(SavedChain.ItemVector, state.ItemColumnName, state.Items, dimension);
        LightGcnModelParameters model = new(new TrainedEmbeddings(users, items, baseUsers, baseItems), state.Users, state.Items, dimension, state.LayerWeights,
            KeyVocabulary.FromText(state.Users, userKeys), KeyVocabulary.FromText(state.Items, itemKeys), history is null ? null : new HeterogeneousGraph(history));
        LightGcnTransformer fitted = new(environment, model, state.UserColumnName, state.ItemColumnName);
        string checksum = WithChecksum(fitted).Checksum;
        return checksum == state.Checksum ? fitted : throw SavedChain.Foreign($"the checksum should be {state.Checksum} and is {checksum}");
    }

    private static BipartiteGraph ReadHistory(SavedChain.Reader reader, State state, int interactions)
    {
        int[] offsets = reader.ReadChunks<int>(HistoryOffsets, state.Users + 1L), items = reader.ReadChunks<int>(HistoryItems, interactions);
        // Checked before the checksum is, because the graph is built from them.
        bool valid = offsets[0] == 0 && offsets[^1] == interactions;
        for (int user = 0; valid && user < state.Users; user++)
        {
            int start = offsets[user], end = offsets[user + 1];
            valid = start <= end && end <= interactions;
            for (int i = start; valid && i < end; i++)
                valid = (uint)items[i] < (uint)state.Items && (i == start || items[i] > items[i - 1]);
        }
        return valid ? BipartiteGraphBuilder.FromUserRows(offsets, items, state.Items) : throw SavedChain.Foreign("the history is not one of ascending item indices for each user");
    }

    private static State WithChecksum(LightGcnTransformer fitted)
    {
        LightGcnModelParameters model = fitted.Model;
        State state = new(Format, Kind, fitted.UserColumnName, fitted.ItemColumnName, model.UserCount, model.ItemCount, model.EmbeddingDimension, [.. model.LayerWeights], model.Users.Values is not null, model.Items.Values is not null, "", model.History?.InteractionCount);
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
        if (state is not { Format: Format, Kind: Kind })
            throw SavedChain.Foreign($"expected format {Format} of {Kind}, found format {state.Format} of {state.Kind}");
        if (state.Users < 1 || state.Items < 1 || state.Dimension < 1 || state.Interactions < 0 || state.LayerWeights is null || string.IsNullOrEmpty(state.UserColumnName) || string.IsNullOrEmpty(state.ItemColumnName))
            throw SavedChain.Foreign($"the state is incomplete: {state}");
    }
}
