using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.MLNet.Trainers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Trains LightGCN (He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR
/// 2020): user and item embeddings, smoothed over the interaction graph, whose inner product ranks items for a user.
/// </summary>
/// <remarks>
/// <para>
/// To create it use <see cref="LightGcnCatalog.LightGcn(RankingCatalog.RankingTrainers, string, string, int, int, int)"/> or its overload with
/// <see cref="Options"/>.
/// </para>
/// <para>Input and output columns:</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>user (input)</term><description>Key of known cardinality; one row is one interaction.</description></item>
/// <item><term>item (input)</term><description>Key of known cardinality.</description></item>
/// <item><term>weight (input, optional)</term><description>A number, positive and finite.</description></item>
/// <item><term>Score (output)</term><description>Single: higher means the user more likely wants the item; NaN for a missing or unknown key.</description></item>
/// </list>
/// <para>Characteristics:</para>
/// <list type="table">
/// <item><term>Machine learning task</term><description>Ranking, recommendation from implicit feedback</description></item>
/// <item><term>Is normalization required?</term><description>No</description></item>
/// <item><term>Is caching required?</term><description>No: the data are read once, twice with weights</description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>Microsoft.ML.LightGcn</description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
/// </list>
/// <para>
/// Duplicate interactions count once, unless <see cref="Options.InteractionWeightColumnName"/> gives them weights, which are added. Rows with a missing user or item are skipped and counted in the log. A user or item
/// whose key never occurs starts at the zero embedding, so its scores say nothing unless <see cref="Options.Relations"/> reach it.
/// </para>
/// <para>
/// With <see cref="Options.Checkpoints"/> a run that was cancelled or killed resumes where it stood; see <see cref="TrainingCheckpoints"/>.
/// </para>
/// </remarks>
public sealed partial class LightGcnTrainer : IEstimator<LightGcnTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly InteractionReader _columns;
    private readonly int _seed;

    internal LightGcnTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(LightGcnTrainer));
        _options = options.Copy();
        OptionsCheck.Run(_host, () => OptionsCheck.Check(_options));
        _columns = new InteractionReader(_host, _options.UserColumnName, _options.ItemColumnName);
        _seed = _options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains on interactions, for all epochs.</summary>
    /// <param name="input">Training interactions: a user and an item key column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// There are too few or too many interactions, the tables would not fit an array, a relation can't be read, weights are too far apart, or
    /// the engine does not support relations.
    /// </exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    /// <exception cref="InvalidOperationException">
    /// Training diverged; a weight is not a positive finite number; the data changed while they were read; the engine returned tables of another size; or the folder of <see cref="Options.Checkpoints"/> has a checkpoint of another
    /// run, the message says what differs, or is in use by another training.
    /// </exception>
    public LightGcnTransformer Fit(IDataView input) => Train(input, null, null);

    /// <summary>Trains on interactions and keeps the epoch with the best metric on the validation interactions.</summary>
    /// <param name="trainData">Training interactions.</param>
    /// <param name="validationData">Held-out interactions of the same users and items, in columns of the same key types.</param>
    /// <inheritdoc cref="Fit(IDataView)" path="/exception"/>
    public LightGcnTransformer Fit(IDataView trainData, IDataView validationData) =>
        Train(trainData, validationData ?? throw new ArgumentNullException(nameof(validationData)), null);

    /// <summary>Trains on interactions, starting from an earlier model.</summary>
    /// <param name="trainData">Training interactions, old and new: the graph is built from these alone.</param>
    /// <param name="model">
    /// The model to continue from. Users and items are matched by key value, attributes by the names of their relation and of their own;
    /// those that the model does not know, or knows nothing of (an embedding of zero), start fresh, as do all attributes where it kept no history
    /// (<see cref="Options.KeepHistory"/>). Where it knows no user and no item, all starts fresh, with a warning.
    /// </param>
    /// <exception cref="ArgumentException">The model has another dimension, or keys of another type.</exception>
    /// <inheritdoc cref="Fit(IDataView)" path="/exception"/>
    public LightGcnTransformer Fit(IDataView trainData, LightGcnModelParameters model) =>
        Train(trainData, null, model ?? throw new ArgumentNullException(nameof(model)));

    /// <summary>Trains on interactions, starting from an earlier model, and keeps the best epoch on the validation interactions.</summary>
    /// <param name="trainData">Training interactions, old and new.</param>
    /// <param name="validationData">Held-out interactions of the same users and items.</param>
    /// <param name="model">The model to continue from.</param>
    /// <inheritdoc cref="Fit(IDataView, LightGcnModelParameters)" path="/exception"/>
    public LightGcnTransformer Fit(IDataView trainData, IDataView validationData, LightGcnModelParameters model) =>
        Train(trainData, validationData ?? throw new ArgumentNullException(nameof(validationData)), model ?? throw new ArgumentNullException(nameof(model)));

    /// <summary>The schema that <see cref="Fit(IDataView)"/>'s transformer will produce: the input's columns and a Score.</summary>
    /// <param name="inputSchema">Schema of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user or item column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _columns.Promise(inputSchema);

    private LightGcnTransformer Train(IDataView trainData, IDataView? validationData, LightGcnModelParameters? model)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        using IChannel channel = _host.Start("Training");
        (DataViewSchema.Column user, DataViewSchema.Column item) = _columns.Find(trainData.Schema);
        ITrainingEngine engine = _options.Engine ?? new CpuTrainingEngine();
        CheckEngine(engine);
        CheckTableSize((long)KeyColumns.KeyCount(user) + KeyColumns.KeyCount(item));
        BipartiteGraph graph = _columns.ReadGraph(trainData, 2, channel);
        KeyVocabulary users = KeyVocabulary.Read(user), items = KeyVocabulary.Read(item);
        HeterogeneousGraph propagationGraph = ReadRelations(trainData, graph, users, items, channel);
        TrainingPlan plan = new(propagationGraph, _options, _seed, ContinueFrom(model, users, items, propagationGraph, channel)) { Host = _host };
        channel.Info($"Training on {graph.UserCount:N0} users, {graph.ItemCount:N0} items, {graph.InteractionCount:N0} interactions; engine {engine.Name}, {plan.ThreadCount} threads, seed {_seed}.");

        HeldOutInteractions? heldOut = HeldOut(validationData, trainData.Schema, graph, channel);
        using CheckpointFolder? checkpoints = _options.Checkpoints is { } options ? new(options, RunFingerprint.Of(plan, heldOut, engine.Name), channel) : null;
        TrainingLoop loop = new(plan, heldOut, epoch => Report(epoch, channel), checkpoints);
        TrainedEmbeddings embeddings = loop.Run(engine);
        CheckTables(engine, embeddings, propagationGraph);
        LightGcnModelParameters trained = new(embeddings, graph.UserCount, graph.ItemCount, _options.EmbeddingDimension, [.. plan.LayerWeights], users, items, _options.KeepHistory ? propagationGraph : null);
        return new LightGcnTransformer(_host, trained, _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>An engine that would train as if there were no relations is refused.</summary>
    private void CheckEngine(ITrainingEngine engine)
    {
        string? option = _options.Relations.Count > 0 ? nameof(Options.Relations) : _options.InteractionWeightColumnName is not null ? nameof(Options.InteractionWeightColumnName) : null;
        if (option is not null && !engine.SupportsRelations)
            throw _columns.Bad($"Option {option}: the engine '{engine.Name}' does not support it. Leave {nameof(Options.Engine)} null to train on the CPU engine, which does.");
    }

    /// <summary>Engines can be anybody's: tables of another size would be saved and could not be loaded.</summary>
    private void CheckTables(ITrainingEngine engine, TrainedEmbeddings embeddings, HeterogeneousGraph graph)
    {
        Check(nameof(embeddings.Users), embeddings.Users, graph.Interactions.UserCount);
        Check(nameof(embeddings.Items), embeddings.Items, graph.Interactions.ItemCount);
        Check(nameof(embeddings.BaseUsers), embeddings.BaseUsers, graph.Interactions.UserCount);
        Check(nameof(embeddings.BaseItems), embeddings.BaseItems, graph.Interactions.ItemCount);
        Check(nameof(embeddings.BaseAttributes), embeddings.BaseAttributes, graph.AttributeCount);

        void Check(string name, float[] table, int rows)
        {
            if (table.LongLength != (long)rows * _options.EmbeddingDimension)
                throw _host.Process(new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Engine '{engine.Name}', {name}: expected {rows:N0} rows of {_options.EmbeddingDimension} components, found {table.Length:N0} numbers.")));
        }
    }

    private void CheckTableSize(long nodeCount)
    {
        long tableLength = nodeCount * Matrix.StrideOf(_options.EmbeddingDimension);
        if (tableLength > Matrix.MaxLength)
            throw _columns.Bad($"{nodeCount:N0} users, items and attributes of {_options.EmbeddingDimension} components take {tableLength:N0} numbers; a table holds at most {Matrix.MaxLength:N0}. Choose a smaller {nameof(Options.EmbeddingDimension)}.");
    }

    private HeterogeneousGraph ReadRelations(IDataView trainData, BipartiteGraph graph, KeyVocabulary users, KeyVocabulary items, IChannel channel)
    {
        (DataViewSchema.Column user, DataViewSchema.Column item) = _columns.Find(trainData.Schema);
        float[]? weights = _options.InteractionWeightColumnName is { } name ? InteractionWeights.Read(_host, trainData, user, item, name, graph) : null;
        RelationReader reader = new(_host, channel, users, items);
        HeterogeneousGraph withRelations = new(graph, weights, [.. _options.Relations.Select(reader.Read)]);
        CheckTableSize(withRelations.NodeCount);
        return withRelations;
    }

    private HeldOutInteractions? HeldOut(IDataView? validationData, DataViewSchema trainSchema, BipartiteGraph graph, IChannel channel)
    {
        if (validationData is null)
            return null;
        (DataViewSchema.Column user, DataViewSchema.Column item) = _columns.Find(validationData.Schema);
        KeyColumns.CheckSameKeys(_host, trainSchema[_options.UserColumnName], user, "user");
        KeyColumns.CheckSameKeys(_host, trainSchema[_options.ItemColumnName], item, "item");
        HeldOutInteractions heldOut = HeldOutInteractions.Read(validationData, user, item, graph);
        if (heldOut.DroppedCount > 0)
            channel.Warning(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"Dropped {heldOut.DroppedCount:N0} validation interactions that are among the training interactions."));
        if (heldOut.UserCount == 0)
            throw _columns.Bad($"The validation data have no interactions in columns '{user.Name}' and '{item.Name}' that are not also training interactions.");
        if (_options.ValidationUserCount is int count)
            heldOut = heldOut.Subset(count, _seed);
        channel.Info($"Validation by {_options.ValidationMetric}@{_options.ValidationCutoff} on {heldOut.UserCount:N0} users.");
        return heldOut;
    }

    private Func<int, ReadOnlySpan<float>> ContinueFrom(LightGcnModelParameters? model, KeyVocabulary users, KeyVocabulary items, HeterogeneousGraph graph, IChannel channel)
    {
        if (model is null)
            return _ => default;
        if (model.EmbeddingDimension != _options.EmbeddingDimension)
            throw _columns.Bad($"Option {nameof(Options.EmbeddingDimension)}: expected {model.EmbeddingDimension}, the dimension of the model to continue from, found {_options.EmbeddingDimension}.");
        int[] userRows = users.MapTo(model.Users), itemRows = items.MapTo(model.Items);
        int[] attributeRows = AttributeRows(graph, model.Graph);
        int dimension = model.EmbeddingDimension, entities = userRows.Length + itemRows.Length;
        int knownUsers = Known(0, userRows.Length), knownItems = Known(userRows.Length, itemRows.Length), knownAttributes = Known(entities, attributeRows.Length);
        if (knownUsers + knownItems == 0)
        {
            // Attributes alone are no start: users and items would be in other coordinates.
            channel.Warning(MessageSensitivity.None, "The model to continue from knows none of the users and items of the training data; training starts fresh.");
            return _ => default;
        }
        string ofAttributes = attributeRows.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", and {knownAttributes:N0} of {attributeRows.Length:N0} attributes");
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"Continuing with {knownUsers:N0} of {userRows.Length:N0} users and {knownItems:N0} of {itemRows.Length:N0} items from the model{ofAttributes}."));
        return PreviousRow;

        int Known(int first, int count)
        {
            int known = 0;
            for (int node = first; node < first + count; node++)
                known += PreviousRow(node).IsEmpty ? 0 : 1;
            return known;
        }

        ReadOnlySpan<float> PreviousRow(int node)
        {
            int row = node < userRows.Length ? userRows[node] : node < entities ? itemRows[node - userRows.Length] : attributeRows[node - entities];
            ReadOnlySpan<float> table = node < userRows.Length ? model.BaseUserEmbeddings : node < entities ? model.BaseItemEmbeddings : model.Embeddings.BaseAttributes;
            ReadOnlySpan<float> previous = row < 0 ? default : table.Slice(row * dimension, dimension);
            // Zero is the row of what the model has in its vocabulary and knows nothing of.
            return previous.ContainsAnyExcept(0f) ? previous : default;
        }
    }

    /// <summary>For each attribute, the row of the one of the same relation and name in a model; -1 for one that it lacks.</summary>
    private static int[] AttributeRows(HeterogeneousGraph graph, HeterogeneousGraph? model)
    {
        Dictionary<(string Relation, GraphRelationKind Kind, string Name), int> rows = [];
        foreach (EdgeSet relation in model?.Relations ?? [])
        {
            foreach (string name in relation.AttributeNames)
                rows.Add((relation.Name, relation.Kind, name), rows.Count);
        }
        return [.. graph.Relations.SelectMany(relation => relation.AttributeNames.Select(name => rows.GetValueOrDefault((relation.Name, relation.Kind, name), -1)))];
    }

    private void Report(TrainingEpoch epoch, IChannel channel)
    {
        string validation = epoch.Validation is { } metrics
            ? string.Create(CultureInfo.InvariantCulture, $", {_options.ValidationMetric}@{_options.ValidationCutoff} {metrics[_options.ValidationMetric, _options.ValidationCutoff]:F5}{(epoch.IsBest ? " (best)" : "")}")
            : "";
        channel.Info($"Epoch {epoch.Epoch} of {epoch.EpochCount}: loss {epoch.Loss:F5}{validation}, {epoch.TrainingTime.TotalSeconds:F1} s, {epoch.SamplesPerSecond:N0} samples/s.");
        _options.Progress?.Report(epoch);
    }
}
