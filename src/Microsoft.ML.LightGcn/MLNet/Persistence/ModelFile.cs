using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Transformers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// A model in a file of this library's own: a safetensors file whose tensors are used where they lie, mapped into memory. It takes no time to load and no
/// memory but for what is touched, and Python reads it.
/// </summary>
internal static class ModelFile
{
    private const string FormatName = "format", FormatText = "Microsoft.ML.LightGcn", StateName = "model", LibraryName = "library";

    /// <summary>Writes a model; the file gets its name when it is whole.</summary>
    public static void Save(IRankingTransformer transformer, string path)
    {
        IRankingModel model = transformer.Model;
        ModelFileState state = StateOf(
            model.Name, model.Users, model.Items, transformer.UserColumnName, transformer.ItemColumnName, model.History?.InteractionCount);
        ModelFileWriter writer = new();
        writer.AddIds("users", model.Users);
        writer.AddIds("items", model.Items);
        switch (model)
        {
            case LightGcnModelParameters lightGcn:
                state = LightGcnFile.Add(writer, lightGcn, state);
                break;
            case ItemSimilarityModelParameters similarity:
                state = BaselineFiles.Add(writer, similarity, state);
                break;
            case GraphFilterModelParameters filter:
                state = BaselineFiles.Add(writer, filter, state);
                break;
            case PopularityModelParameters:
                break;
            default:
                throw new NotSupportedException($"A {model.Name} model has no file of its own: save it with ml.Model.Save.");
        }
        if (model.History is { } history)
            writer.AddHistory(history);
        FileSet.WriteFile(path, stream => writer.Write(stream, MetadataOf(state)));
    }

    /// <summary>Writes what training learned, whose tables are read as they are written.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="rows">What training learned.</param>
    /// <param name="layerWeights">Weight of each layer.</param>
    /// <param name="users">The ids of the users.</param>
    /// <param name="items">The ids of the items.</param>
    /// <param name="columns">Names of the user and of the item column.</param>
    /// <param name="graph">What the embeddings were propagated over; null where it is not kept.</param>
    public static void Write(
        Stream stream, TrainedRows rows, float[] layerWeights, Vocabulary users, Vocabulary items, (string User, string Item) columns,
        HeterogeneousGraph? graph)
    {
        ModelFileState state = StateOf(
            LightGcnModelParameters.NameOf(layerWeights), users, items, columns.User, columns.Item, graph?.Interactions.InteractionCount);
        ModelFileWriter writer = new();
        writer.AddIds("users", users);
        writer.AddIds("items", items);
        state = LightGcnFile.Add(writer, rows, layerWeights, graph, state);
        if (graph is not null)
            writer.AddHistory(graph.Interactions);
        writer.Write(stream, MetadataOf(state));
    }

    /// <summary>Opens a model.</summary>
    /// <exception cref="InvalidDataException">It is no such file, of a later version, or damaged; the message says which, and how.</exception>
    public static IRankingTransformer Load(IHostEnvironment environment, string path, ModelVerification verification)
    {
        TensorFileReader tensors = new(path);
        ModelFileReader reader = new(tensors, ReadState(tensors));
        if (verification == ModelVerification.BeforeUse)
            tensors.Verify();
        ModelFileState state = reader.State;
        IRankingTransformer model = state.Kind switch
        {
            "LightGcn" or "BprMatrixFactorization" =>
                new LightGcnTransformer(environment, LightGcnFile.Read(reader), state.UserColumnName, state.ItemColumnName),
            "Popularity" => new PopularityTransformer(
                environment, new PopularityModelParameters(reader.ReadHistory(), reader.Users, reader.Items), state.UserColumnName, state.ItemColumnName),
            "ItemKnn" or "Ease" or "Slim" =>
                new ItemSimilarityTransformer(environment, BaselineFiles.ReadSimilarity(reader), state.UserColumnName, state.ItemColumnName),
            "GraphFilter" => new GraphFilterTransformer(environment, BaselineFiles.ReadFilter(reader), state.UserColumnName, state.ItemColumnName),
            _ => throw tensors.Bad($"it is a '{state.Kind}', which this version does not know"),
        };
        if (verification == ModelVerification.BeforeUse)
            reader.CheckRows();
        if (verification == ModelVerification.InBackground)
            _ = Task.Run(() => VerifyQuietly(tensors));
        return model;
    }

    /// <summary>Compares a model file with its checksums.</summary>
    /// <exception cref="InvalidDataException">It is no such file, or damaged.</exception>
    public static void Verify(string path, CancellationToken cancellationToken)
    {
        TensorFileReader tensors = new(path);
        ReadState(tensors);
        tensors.Verify(cancellationToken);
    }

    private static ModelFileState StateOf(
        string kind, Vocabulary users, Vocabulary items, string userColumnName, string itemColumnName, int? interactions) => new(
            ModelFileState.CurrentVersion, kind, userColumnName, itemColumnName, users.Count, items.Count, users.Names is not null,
            items.Names is not null, SavedKeys.TypeOf(users), SavedKeys.TypeOf(items), interactions);

    private static Dictionary<string, string> MetadataOf(ModelFileState state) => new()
    {
        [FormatName] = FormatText,
        [LibraryName] = $"Microsoft.ML.LightGcn {LibraryVersion.Release}",
        [StateName] = JsonSerializer.Serialize(state, ModelFileJson.Default.ModelFileState),
    };

    private static void VerifyQuietly(TensorFileReader tensors)
    {
        try
        {
            tensors.Verify();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // Damage is told to whoever uses the model. A file that has been deleted since stays mapped, and has nothing to compare any more.
        }
    }

    private static ModelFileState ReadState(TensorFileReader tensors)
    {
        if (!tensors.Metadata.TryGetValue(FormatName, out string? format) || format != FormatText || !tensors.Metadata.TryGetValue(StateName, out string? text))
            throw tensors.Bad("expected a model that SaveRecommendationModel wrote, found another safetensors file");
        ModelFileState? state;
        try
        {
            state = JsonSerializer.Deserialize(text, ModelFileJson.Default.ModelFileState);
        }
        catch (JsonException error)
        {
            throw tensors.Bad($"the description of the model is not readable: {error.Message}", error);
        }
        if (state is not null && state.Version > ModelFileState.CurrentVersion)
            throw tensors.Bad(
                $"expected version {ModelFileState.CurrentVersion} of the format, found version {state.Version}: a later version of this library wrote it");
        if (state is not { Version: >= 1, Users: >= 1, Items: >= 1, Interactions: null or >= 0 } || string.IsNullOrEmpty(state.Kind)
            || string.IsNullOrEmpty(state.UserColumnName) || string.IsNullOrEmpty(state.ItemColumnName))
            throw tensors.Bad($"the description of the model is incomplete: {text}");
        return state;
    }
}

/// <summary>What a model file says of its model, beside the tensors.</summary>
internal sealed record ModelFileState(
    int Version, string Kind, string UserColumnName, string ItemColumnName, int Users, int Items,
    bool UserIds, bool ItemIds, string? UserIdType, string? ItemIdType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Interactions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Dimension = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] float[]? LayerWeights = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? WeightedInteractions = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SavedGraph.Relation[]? Relations = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ItemWeights = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] float? LowPassWeight = null)
{
    /// <summary>The version that is written.</summary>
    public const int CurrentVersion = 1;
}

/// <summary>Made when the library is compiled, so that programs that are trimmed or compiled ahead of time can open a model file.</summary>
[JsonSerializable(typeof(ModelFileState))]
internal sealed partial class ModelFileJson : JsonSerializerContext;
