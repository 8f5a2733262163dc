using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// GF-CF, a filter of the interaction graph without any training (Shen et al., "How powerful is graph convolution for recommendation?", CIKM 2021):
/// LightGCN's own propagation, applied to one-hot embeddings.
/// </summary>
/// <remarks>
/// <para>
/// To create it use <see cref="BaselineTrainersCatalog.GraphFilter(RankingCatalog.RankingTrainers, string, string, int)"/> or its
/// overload with <see cref="Options"/>.
/// </para>
/// <para>
/// With r_u the user's row of the interaction matrix R, divided by the root of the history's length, and R~ = D_u^-1/2 R D_i^-1/2, the scores of all
/// items are r_u (R~^T R~ + alpha D_i^-1/2 V V^T D_i^1/2). V are the <see cref="Options.LowPassDimension"/> leading right singular vectors of R~, and
/// alpha is <see cref="Options.LowPassWeight"/>. With 0 vectors, only the first term is left: two hops.
/// </para>
/// <para>Input and output columns:</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>user (input)</term><description>Key of known cardinality; one row is one interaction.</description></item>
/// <item><term>item (input)</term><description>Key of known cardinality.</description></item>
/// <item><term>Score (output)</term>
/// <description>Single: higher means the user more likely wants the item; NaN for a missing or unknown key.</description></item>
/// </list>
/// <para>
/// Duplicate interactions count once. Rows with a missing user or item are skipped and counted in the log. Two hops take no time to fit. The singular
/// vectors take (users + 2 items) x (<see cref="Options.LowPassDimension"/> + <see cref="Options.Oversampling"/>) floats while they are computed. The
/// same seed, data and options give bit-identical scores for any number of threads.
/// </para>
/// </remarks>
public sealed class GraphFilterTrainer : IEstimator<GraphFilterTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly InteractionReader _reader;
    private readonly int _seed;

    internal GraphFilterTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(GraphFilterTrainer));
        _options = options.Copy();
        _host.Check(_options.Validate);
        _reader = new InteractionReader(_host, _options.UserColumnName, _options.ItemColumnName);
        _seed = _options.Seed ?? _host.Rand.Next();
    }

    /// <summary>The settings of <see cref="GraphFilterTrainer"/>. Each is checked when the trainer is made.</summary>
    public sealed class Options
    {
        /// <summary>Name of the user column, a key column of known cardinality.</summary>
        public string UserColumnName { get; set; } = "User";

        /// <summary>Name of the item column, a key column of known cardinality.</summary>
        public string ItemColumnName { get; set; } = "Item";

        /// <summary>
        /// Number of singular vectors of the low-pass part, 0 to 8,192, and at most the number of users and that of items. 0, the default, leaves the
        /// part out; the paper has 256. The time grows with the cube of this number.
        /// </summary>
        public int LowPassDimension { get; set; }

        /// <summary>Weight of the low-pass part, 0 to 1,000; 0.3 in the paper.</summary>
        public float LowPassWeight { get; set; } = 0.3f;

        /// <summary>Number of subspace iterations that find the singular vectors, 1 to 1,000.</summary>
        public int IterationCount { get; set; } = 10;

        /// <summary>Number of further vectors that help the iterations to converge, 0 to 1,024.</summary>
        public int Oversampling { get; set; } = 32;

        /// <summary>Seed of the vectors that the iterations start from; null draws one from the ML.NET context.</summary>
        public int? Seed { get; set; }

        /// <summary>Number of threads, 1 to 1,024; null is one for each processor.</summary>
        public int? NumberOfThreads { get; set; }

        /// <summary>Stops training with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal Options Copy() => (Options)MemberwiseClone();

        internal void Validate()
        {
            Expect.UserAndItemColumn(UserColumnName, ItemColumnName);
            Expect.Between(0, 8192, LowPassDimension);
            Expect.Between(0f, 1000, LowPassWeight);
            Expect.Between(1, 1000, IterationCount);
            Expect.Between(0, 1024, Oversampling);
            Expect.Threads(NumberOfThreads);
        }
    }

    /// <summary>Reads the graph and, with a low-pass part, computes its singular vectors.</summary>
    /// <param name="input">Training interactions: a user and an item key column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// There are no interactions, or too many for an array; or <see cref="Options.LowPassDimension"/> is more than there are users or items, or makes a
    /// table too large for an array.
    /// </exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public GraphFilterTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        (DataViewSchema.Column user, DataViewSchema.Column item) = _reader.Find(input.Schema);
        CheckDimension(KeyColumns.KeyCount(user), KeyColumns.KeyCount(item));
        TrainingInteractions data = _reader.ReadTraining(input, 1, channel);
        BipartiteGraph graph = data.Graph;
        channel.Info($"Filtering a graph of {graph.UserCount:N0} users, {graph.ItemCount:N0} items, {graph.InteractionCount:N0} interactions.");
        LowPass? lowPass = _options.LowPassDimension == 0 ? null : new LowPass(graph, Factors(graph, channel), _options.LowPassWeight);
        return new GraphFilterTransformer(
            _host,
            new GraphFilterModelParameters(graph, lowPass, data.Users, data.Items),
            _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>The schema that <see cref="Fit"/>'s transformer will produce: the input's columns and a Score.</summary>
    /// <param name="inputSchema">Schema of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user or item column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _reader.Promise(inputSchema);

    private void CheckDimension(int userCount, int itemCount)
    {
        if (_options.LowPassDimension > Math.Min(userCount, itemCount))
        {
            const string Limit = "the lesser of the number of users and of items";
            throw _host.Bad(
                $"Option {nameof(Options.LowPassDimension)}: expected at most {Math.Min(userCount, itemCount)}, {Limit}, found {_options.LowPassDimension}.");
        }
        long width = (long)_options.LowPassDimension + _options.Oversampling, rows = Math.Max(userCount, itemCount);
        // Padding takes up to one block more.
        if (_options.LowPassDimension > 0 && rows * (width + Matrix.ComponentBlock) > Matrix.MaxLength)
        {
            const string Advice = $"Choose a smaller {nameof(Options.LowPassDimension)} or {nameof(Options.Oversampling)}.";
            throw _host.Bad($"{rows:N0} rows of {width:N0} numbers don't fit an array, which holds at most {Matrix.MaxLength:N0}. {Advice}");
        }
    }

    private Matrix Factors(BipartiteGraph graph, IChannel channel)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using ThreadTeam team = new(_options.NumberOfThreads ?? Environment.ProcessorCount);
        Matrix factors = LowPassFactors.Compute(
            graph, _options.LowPassDimension, _options.Oversampling, _options.IterationCount, _seed, team, _options.CancellationToken);
        double seconds = clock.Elapsed.TotalSeconds;
        channel.Info($"Found {_options.LowPassDimension:N0} singular vectors in {_options.IterationCount:N0} iterations, {seconds:F1} s, seed {_seed}.");
        return factors;
    }
}
