using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.MLNet.Trainers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Trains LightGCN (He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020): user and item embeddings,
/// smoothed over the interaction graph. Their inner product ranks items for a user, by default together with weights from item to item
/// (<see cref="Options.Neighbourhood"/>).
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
/// <item><term>Score (output)</term>
/// <description>Single: higher means the user more likely wants the item; NaN for a missing or unknown key.</description></item>
/// </list>
/// <para>Characteristics:</para>
/// <list type="table">
/// <item><term>Machine learning task</term><description>Ranking, recommendation from implicit feedback</description></item>
/// <item><term>Is normalization required?</term><description>No</description></item>
/// <item><term>Is caching required?</term><description>No: the data are read once, twice with weights</description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>Microsoft.ML.LightGcn</description></item>
/// <item><term>Exportable to ONNX</term>
/// <description>Yes, by <see cref="OnnxExportCatalog.SaveAsOnnx"/>; not by ConvertToOnnx of ML.NET</description></item>
/// </list>
/// <para>
/// Duplicate interactions count once, unless <see cref="Options.InteractionWeightColumnName"/> gives them weights, which are added.
/// Rows with a missing user or item are skipped and counted in the log. A user or item whose key never occurs has no embedding (all zeros), and its
/// scores are NaN, unless <see cref="Options.Relations"/> reach it or the model to continue from has one.
/// </para>
/// <para>
/// With <see cref="Options.Checkpoints"/> a run that was cancelled or killed resumes where it stopped; see <see cref="TrainingCheckpoints"/>.
/// </para>
/// </remarks>
public sealed partial class LightGcnTrainer : IEstimator<LightGcnTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly InteractionReader _reader;
    private readonly int _seed;

    internal LightGcnTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(LightGcnTrainer));
        _options = options.Copy();
        _host.Check(_options.Validate);
        _reader = new InteractionReader(_host, _options.UserColumnName, _options.ItemColumnName);
        _seed = _options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains on interactions, for all epochs.</summary>
    /// <param name="input">Training interactions: a user and an item key column.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type, or the tables of a batch of <see cref="Options.BatchSize"/> would not fit an array.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// Fewer than two users have interactions; there are too many interactions, or the tables would not fit an array; a relation can't be read; or a
    /// weight is less than 1E-12 times the mean weight, after those of equal interactions are added.
    /// </exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    /// <exception cref="InvalidOperationException">
    /// Training diverged or the embeddings vanished (the message names the likely option); a weight is not a positive finite number; the data changed
    /// while they were read; or the folder of <see cref="Options.Checkpoints"/> has a checkpoint of another run (the message says what differs) or is in
    /// use by another training.
    /// </exception>
    /// <exception cref="NotSupportedException">The engine does not support <see cref="Options.PropagationPrecision"/>.</exception>
    /// <exception cref="InsufficientMemoryException">The process has no room for the tables; the message says how much they take.</exception>
    /// <exception cref="IOException">The folder of <see cref="Options.Checkpoints"/> can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder of <see cref="Options.Checkpoints"/> may not be written.</exception>
    public LightGcnTransformer Fit(IDataView input) => Train(input, null, null);

    /// <summary>Trains on interactions and keeps the epoch with the best metric on the validation interactions.</summary>
    /// <param name="trainData">Training interactions.</param>
    /// <param name="validationData">Held-out interactions of the same users and items, keyed by the same map.</param>
    /// <inheritdoc cref="Fit(IDataView)" path="/exception"/>
    public LightGcnTransformer Fit(IDataView trainData, IDataView validationData) =>
        Train(trainData, validationData ?? throw new ArgumentNullException(nameof(validationData)), null);

    /// <summary>Trains on interactions, starting from an earlier model.</summary>
    /// <param name="trainData">Training interactions, old and new: the graph is built from these alone, not from those of the model.</param>
    /// <param name="model">
    /// The model to continue from. Users and items are matched by key value, attributes by the names of their relation and of their own;
    /// those that the model does not know, or has no embedding of (all zeros), start fresh, as do all attributes if the model kept no history
    /// (<see cref="Options.KeepHistory"/>). If the model knows none of the users and items, everything starts fresh, with a warning.
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
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _reader.Promise(inputSchema);

    private static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    // Quarters of what the steps take, which begin when the weights are done.
    private const int ShareForWeights = 3;

    private LightGcnTransformer Train(IDataView trainData, IDataView? validationData, LightGcnModelParameters? model)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        LightGcnTransformer trained = Learn(trainData, validationData, model);
        // What scaling the weights left: those without a scale, and the packed items.
        LightGcnModelParameters parameters = trained.Model;
        UnusedMemory.GiveBack(sizeof(float) * (2L * parameters.NeighbourWeightCount + (long)parameters.ItemCount * parameters.EmbeddingDimension));
        return trained;
    }

    // A method of its own: as long as one runs, the runtime may keep what its variables held.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private LightGcnTransformer Learn(IDataView trainData, IDataView? validationData, LightGcnModelParameters? model)
    {
        TrainingEngine engine = _options.Engine ?? new CpuTrainingEngine();
        ProcessGroup processes = engine.Processes;
        using IChannel channel = _host.Log(processes, "Training");
        // A seed that nobody gave is process 0's. All ask for it, whatever their options are.
        int firstSeed = processes.OfFirst(_seed), seed = _options.Seed ?? firstSeed;
        CheckSameStart(engine, seed, validationData, model);
        TrainedModelFile? file = engine.ResultFile is { } path ? new(path, processes) : null;
        file?.Check();
        (TrainingInteractions data, bool areShares) = ReadTogether(trainData, processes, channel);
        // A share's own graph.
        UnusedMemory.GiveBack(areShares ? 2L * sizeof(int) * data.Graph.InteractionCount / processes.Count : 0);
        (BipartiteGraph interactions, Vocabulary users, Vocabulary items) = (data.Graph, data.Users, data.Items);
        HeterogeneousGraph graph = WithRelations(trainData, data, processes, areShares, channel);
        // What an engine has to say stands in the log under its own name.
        using IChannel engineChannel = _host.Log(processes, engine.GetType().Name);
        TrainingSettings settings = _options.Resolve(interactions.InteractionCount, graph.Layout.NodeCount, seed);
        TrainingPlan plan = processes.Together(() =>
            new TrainingPlan(graph, settings, Previous(model, graph, users, items, channel), _host.ForTraining(engineChannel)));
        _host.Check(plan.CheckSizes);
        string run = string.Create(CultureInfo.InvariantCulture, $"engine {engine.Name}, {plan.Settings.ThreadCount} threads, seed {seed}");
        channel.Info(
            $"Training on {interactions.UserCount:N0} users, {interactions.ItemCount:N0} items, {interactions.InteractionCount:N0} interactions; {run}.");

        HeldOutInteractions? heldOut = processes.Together(() => HeldOut(validationData, data, seed, channel));
        TrainingMemory memory = new(plan, engine, heldOut?.UserCount);
        channel.Info($"Training takes {memory}.");
        processes.Together(() => memory.Check(ProcessMemory.Limit(processes), GC.GetTotalMemory(forceFullCollection: false)));
        int kept = _options.KeepHistory ? interactions.InteractionCount : 0;
        if (ZipLimits.Exceeded(interactions.UserCount, interactions.ItemCount, settings.EmbeddingDimension, kept) is { } problem)
            channel.Warn($"{problem}");

        Dictionary<string, string>? fingerprint =
            _options.Checkpoints is null && processes.Count == 1 ? null : RunFingerprint.Of(plan, heldOut, engine.Arithmetic);
        RunFingerprint.CheckSame(fingerprint ?? [], processes);
        using CheckpointFolder? checkpoints = _options.Checkpoints is { } options
            ? new(options, fingerprint!, _host.ForTraining(channel), processes)
            : null;
        SparseItemWeights? weights = settings.Neighbourhood is { } neighbourhood
            ? NeighbourWeights.Compute(
                _host, channel, interactions, neighbourhood.Settings, "Neighbourhood.", settings.ThreadCount, ShareForWeights * memory.Session / 4,
                processes, _options.CancellationToken)
            : null;
        TrainingLoop loop = new(plan, heldOut, epoch => Report(epoch, processes, channel), checkpoints, _options.CancellationToken)
        {
            NeighbourWeights = weights,
        };
        HeterogeneousGraph? keptGraph = _options.KeepHistory ? graph : null;
        if (file is not null)
        {
            loop.RunInPlace(engine, rows =>
                file.Write(rows, plan.Settings.LayerWeights, users, items, (_options.UserColumnName, _options.ItemColumnName), keptGraph));
            return file.Open(_host);
        }
        LightGcnModelParameters trained = new(loop.Run(engine), plan.Settings.LayerWeights, users, items, keptGraph);
        return new LightGcnTransformer(_host, trained, _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>Compares what processes must agree on before they wait for one another's data.</summary>
    private void CheckSameStart(TrainingEngine engine, int seed, IDataView? validationData, LightGcnModelParameters? model)
    {
        ProcessGroup processes = engine.Processes;
        if (processes.Count == 1)
            return;
        // Options that follow from the data are compared once there are data.
        Dictionary<string, string> start = RunFingerprint.Of(_options.Resolve(1, 1, seed));
        start.Add("version of Microsoft.ML.LightGcn", LibraryVersion.Build);
        // Each makes the start by itself, and keeps its columns: with other arithmetic it would be another start.
        start.Add("processor", $"{RuntimeInformation.ProcessArchitecture}, vectors of {VectorBits} bits");
        start.Add("version of .NET", Environment.Version.ToString());
        start.Add("option Seed", _options.Seed is null ? "null" : "a number");
        start.Add("option Checkpoints", _options.Checkpoints is null ? "null" : "a folder");
        start.Add("option InteractionWeightColumnName", _options.InteractionWeightColumnName ?? "null");
        start.Add("number of relations", _options.Relations.Count.ToString(CultureInfo.InvariantCulture));
        start.Add("validation data", validationData is null ? "null" : "given");
        start.Add("model to continue from", model is null ? "null" : "given");
        start.Add("file of the model", engine.ResultFile is null ? "null" : "given");
        RunFingerprint.CheckSame(start, processes);
    }

    // A method of its own: as long as one runs, the runtime may keep what its variables held.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (TrainingInteractions Data, bool AreShares) ReadTogether(IDataView trainData, ProcessGroup processes, IChannel channel) =>
        JointInteractions.Join(processes.Together(() => Read(trainData, processes.Count == 1 ? 2 : 0, channel)), processes);

    private TrainingInteractions Read(IDataView trainData, int minimumUserCount, IChannel channel)
    {
        (DataViewSchema.Column User, DataViewSchema.Column Item) columns = _reader.Find(trainData.Schema);
        CheckTableSize(KeyColumns.KeyCount(columns.User), KeyColumns.KeyCount(columns.Item), 0);
        return _reader.ReadTraining(trainData, minimumUserCount, channel);
    }

    private void CheckTableSize(long users, long items, long attributes)
    {
        long nodes = users + items + attributes, most = Math.Max(items, attributes);
        int dimension = _options.EmbeddingDimension, own = _options.Engine?.WidestTable(dimension) ?? dimension;
        long tableLength = nodes * Matrix.StrideOf(own);
        if (tableLength > Matrix.MaxLength)
        {
            string ofAll = own == dimension ? "" : string.Create(CultureInfo.InvariantCulture, $", of which a process has {own},");
            string advice = _options.Engine is not { Processes.Count: > 1 } engine ? ""
                : engine.ResultFile is null ? ", or set MpiEngine.ModelFile" : ", or more processes";
            string limit = string.Create(CultureInfo.InvariantCulture,
                $"a table holds at most {Matrix.MaxLength:N0}. Choose a smaller {nameof(Options.EmbeddingDimension)}{advice}.");
            throw _host.Bad(
                $"{nodes:N0} users, items and attributes of {dimension} components{ofAll} take {tableLength:N0} numbers; {limit}");
        }
        // Recommending packs the items, and a file's attributes are one piece.
        if (_options.Engine?.ResultFile is not null && most * Matrix.StrideOf(dimension) > Matrix.MaxLength)
        {
            string limit = string.Create(CultureInfo.InvariantCulture,
                $"a model has at most {Matrix.MaxLength:N0} of all items, and of all attributes. Choose a smaller {nameof(Options.EmbeddingDimension)}.");
            throw _host.Bad($"{most:N0} items or attributes of {dimension} components take {most * Matrix.StrideOf(dimension):N0} numbers; {limit}");
        }
    }

    private HeterogeneousGraph WithRelations(
        IDataView trainData, TrainingInteractions data, ProcessGroup processes, bool areShares, IChannel channel)
    {
        float[]? weights = _options.InteractionWeightColumnName is { } name
            ? InteractionWeights.Read(_host, trainData, data, name, processes, areShares)
            : null;
        return processes.Together(() =>
        {
            RelationReader reader = new(_host, channel, data.Users, data.Items);
            HeterogeneousGraph graph = new(data.Graph, weights, [.. _options.Relations.Select(reader.Read)]);
            CheckTableSize(graph.Layout.UserCount, graph.Layout.ItemCount, graph.Layout.AttributeCount);
            return graph;
        });
    }

    private HeldOutInteractions? HeldOut(IDataView? validationData, TrainingInteractions data, int seed, IChannel channel)
    {
        if (validationData is null)
            return null;
        HeldOutInteractions heldOut = _reader.ReadHeldOut(
            validationData, data.Users, data.Items, "the training data", data.Graph, "validation", channel);
        if (_options.ValidationUserCount is int count)
            heldOut = heldOut.Subset(count, seed);
        channel.Info($"Validation by {_options.ValidationMetric}@{_options.ValidationCutoff} on {heldOut.UserCount:N0} users.");
        return heldOut;
    }

    private PreviousEmbeddings? Previous(LightGcnModelParameters? model, HeterogeneousGraph graph, Vocabulary users, Vocabulary items, IChannel channel)
    {
        if (model is null)
            return null;
        const string Reason = "the dimension of the model to continue from";
        return model.EmbeddingDimension == _options.EmbeddingDimension
            ? ContinuedEmbeddings.Map(model, graph, users, items, channel)
            : throw _host.Bad(
                $"Option {nameof(Options.EmbeddingDimension)}: expected {model.EmbeddingDimension}, {Reason}, found {_options.EmbeddingDimension}.");
    }

    private void Report(TrainingEpoch epoch, ProcessGroup processes, IChannel channel)
    {
        if (!processes.IsFirst)
            return;
        string validation = epoch.Validation is { } metrics
            ? string.Create(CultureInfo.InvariantCulture,
                $", {_options.ValidationMetric}@{_options.ValidationCutoff} "
                + $"{metrics[_options.ValidationMetric, _options.ValidationCutoff]:F5}{(epoch.IsBest ? " (best)" : "")}")
            : "";
        double seconds = epoch.TrainingTime.TotalSeconds;
        channel.Info(
            $"Epoch {epoch.Epoch} of {epoch.EpochCount}: loss {epoch.Loss:F5}{validation}, {seconds:F1} s, {epoch.SamplesPerSecond:N0} samples/s.");
        _options.Progress?.Report(epoch);
    }
}
