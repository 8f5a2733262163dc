using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// A LightGCN model as a <see cref="SavedChain"/>: embeddings score, everything else is what training on and recommending take.
/// </summary>
internal static class SavedLightGcn
{
    private const string BaseUsers = "LightGcn.BaseUsers";
    private const string BaseItems = "LightGcn.BaseItems";
    private const string BaseAttributes = "LightGcn.BaseAttributes";

    /// <exception cref="InvalidOperationException">ML.NET's file can't hold the model.</exception>
    public static TransformerChain<ITransformer> Create(LightGcnTransformer fitted)
    {
        LightGcnModelParameters model = fitted.Model;
        if (ZipLimits.Exceeded(model.UserCount, model.ItemCount, model.EmbeddingDimension, model.History?.InteractionCount ?? 0) is { } problem)
            throw new InvalidOperationException(problem);
        int dimension = model.EmbeddingDimension;
        NodeTable base0 = model.Embeddings.Base;
        SavedChain chain = new(fitted.UserColumnName, model.UserCount, fitted.ItemColumnName, model.ItemCount);
        SavedLightGcnState state = SavedLightGcnState.Of(model, fitted.UserColumnName, fitted.ItemColumnName);
        chain.AddState(JsonSerializer.Serialize(state.WithChecksum(model), JsonText.Plain));
        chain.AddChunks<float>(BaseUsers, base0.Users, NumberDataViewType.Single);
        chain.AddChunks<float>(BaseItems, base0.Items, NumberDataViewType.Single);
        SavedKeys.Add(chain, model.Users, model.Items);
        if (model.History is { } history)
            SavedGraph.AddHistory(chain, history);
        if (SavedLightGcnState.HasMoreThanInteractions(model.Graph))
        {
            SavedGraph.AddRelations(chain, model.Graph!);
            if (base0.Attributes.Length > 0)
                chain.AddChunks<float>(BaseAttributes, base0.Attributes, NumberDataViewType.Single);
        }
        return chain.Finish(
            ((IRankingModel)model).Known,
            dimension,
            user => new(dimension, model.UserEmbedding(user).ToArray()),
            item => new(dimension, model.ItemEmbedding(item).ToArray()),
            model.Neighbourhood);
    }

    /// <exception cref="InvalidDataException">The chain is not one that <see cref="Create"/> made, or is damaged.</exception>
    public static LightGcnTransformer Read(IHostEnvironment environment, SavedChain.Reader reader, string stateText)
    {
        SavedLightGcnState state = SavedChain.ParseState<SavedLightGcnState>(stateText);
        state.Check();
        int dimension = state.Dimension;
        float[] layer0 = ReadBaseEntities(reader, (long)state.Users * dimension, (long)state.Items * dimension);
        (Vocabulary users, Vocabulary items) = SavedKeys.Read(reader, state.KeyTypes, state.Users, state.Items);
        BipartiteGraph? history = state.Interactions is int interactions ? SavedGraph.ReadHistory(reader, state.Users, state.Items, interactions) : null;
        HeterogeneousGraph? graph = history is null
            ? null
            : SavedGraph.ReadRelations(reader, history, state.WeightedInteractions is true, state.Relations ?? []);
        NodeLayout layout = graph?.Layout ?? new NodeLayout(state.Users, state.Items);
        float[] baseAttributes = layout.AttributeCount == 0 ? [] : reader.ReadChunks<float>(BaseAttributes, (long)layout.AttributeCount * dimension);
        // As many as there are layer-0 rows, which have been read.
        NodeTable final = new(layout.WithoutAttributes, dimension);
        reader.ReadVectors(SavedChain.UserVector, state.UserColumnName, state.Users, dimension, final.Users);
        reader.ReadVectors(SavedChain.ItemVector, state.ItemColumnName, state.Items, dimension, final.Items);
        TrainedEmbeddings embeddings = new(final, new NodeTable(layout, dimension, baseAttributes.Length == 0 ? layer0 : [.. layer0, .. baseAttributes]))
        {
            Neighbourhood = state.NeighbourWeights is int weights
                ? ReadNeighbourhood(reader, state, history!, weights, KnownNodes.Of(new Factors(final.UserRows, final.Items, dimension)))
                : null,
        };
        LightGcnModelParameters model = new(embeddings, state.LayerWeights, users, items, graph);
        string checksum = state.WithChecksum(model).Checksum;
        return checksum == state.Checksum
            ? new LightGcnTransformer(environment, model, state.UserColumnName, state.ItemColumnName)
            : throw SavedChain.Foreign($"expected the checksum {state.Checksum}, found {checksum}");
    }

    /// <summary>The layer-0 rows of users and items in one table, which is made when the file has borne out both counts.</summary>
    private static float[] ReadBaseEntities(SavedChain.Reader reader, long userLength, long itemLength)
    {
        float[] users = reader.ReadChunks<float>(BaseUsers, userLength), all = [];
        reader.ReadChunks<float>(BaseItems, itemLength, () =>
        {
            all = SavedChain.Reader.Allocate<float>(BaseItems, userLength + itemLength);
            return all.AsMemory((int)userLength);
        });
        users.CopyTo(all, 0);
        return all;
    }

    private static Neighbourhood ReadNeighbourhood(SavedChain.Reader reader, SavedLightGcnState state, BipartiteGraph history, int count, KnownNodes known)
    {
        int histories = 0;
        // ML.NET alone scores by these histories, so they must be those that have been read.
        reader.ReadVectors(SavedChain.UserHistory, state.UserColumnName, state.Users, state.Items, (int user, in VBuffer<float> ones) =>
        {
            ReadOnlySpan<int> items = history.ItemsOf(user);
            bool same = ones.GetValues().Length == items.Length && !ones.GetValues().ContainsAnyExcept(1f)
                && (ones.IsDense || ones.GetIndices().SequenceEqual(items));
            if (!same)
                throw SavedChain.Foreign($"the history of user {user + 1} in {SavedChain.UserHistory} is another than in the graph");
            histories++;
        });
        if (histories != state.Users - known.UnknownUsers.Length)
            throw SavedChain.Foreign($"expected {state.Users - known.UnknownUsers.Length} histories in {SavedChain.UserHistory}, found {histories}");
        SparseRows columns = SavedItemSimilarity.ReadColumns(reader, SavedChain.ItemWeights, state.ItemColumnName, state.Items);
        return columns.Count == count
            ? new Neighbourhood(history, SparseItemWeights.FromColumns(columns))
            : throw SavedChain.Foreign($"expected {count} weights from item to item, found {columns.Count}");
    }
}
