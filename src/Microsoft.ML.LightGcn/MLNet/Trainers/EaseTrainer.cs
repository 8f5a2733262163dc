using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019): the item-item weights that best reconstruct every user's history from
/// itself, where no item may predict itself. They are computed in closed form.
/// </summary>
/// <remarks>
/// <para>
/// To create it use <see cref="BaselineTrainersCatalog.Ease(RankingCatalog.RankingTrainers, string, string, float)"/> or its overload
/// with <see cref="Options"/>.
/// </para>
/// <para>
/// With X the binary users x items matrix, P = (X^T X + lambda I)^-1, and B_ij = -P_ij / P_jj with B_ii = 0. The score of a user u and an item i is the
/// sum of B_ji over the items j in u's history.
/// </para>
/// <para>
/// Three options, 0 by default, generalise that. <see cref="Options.UserDegreeExponent"/> (beta) and <see cref="Options.PopularityExponent"/> (alpha) are
/// the data-adaptive normalisation of Park et al. ("Why is normalization necessary for linear recommenders?", SIGIR 2025).
/// <see cref="Options.DropoutRate"/> (p) is the denoising of Steck ("Autoencoders that don't overfit towards the identity", NeurIPS 2020). With d_u the
/// length of a user's history and d_i the number of users of an item, G = X^T diag(d_u^-beta) X, the ridge of an item j is lambda mean(d_u^-beta) + p /
/// (1 - p) G_jj, and P = (G + diag(ridge))^-1. The weight of a history's item j for an item i is then d_j^alpha B_ji d_i^-alpha. The mean is over users
/// with interactions, so lambda means about the same whatever beta is.
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
/// Duplicate interactions count once. Rows with a missing user or item are skipped and counted in the log. The model keeps 4 bytes for every pair of
/// items (400 MB for 10,000 items). Time grows with the cube of the number of items: items^3 / 2 multiply-adds in float32, about 12 s for 10,000 items on
/// two cores with 512-bit registers. Results do not depend on the number of threads.
/// </para>
/// </remarks>
public sealed class EaseTrainer : IEstimator<ItemSimilarityTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly InteractionReader _reader;

    internal EaseTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(EaseTrainer));
        _options = options.Copy();
        _host.Check(_options.Validate);
        _reader = new InteractionReader(_host, _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>The settings of <see cref="EaseTrainer"/>. Each is checked when the trainer is made.</summary>
    public sealed class Options
    {
        /// <summary>Name of the user column, a key column of known cardinality.</summary>
        public string UserColumnName { get; set; } = "User";

        /// <summary>Name of the item column, a key column of known cardinality.</summary>
        public string ItemColumnName { get; set; } = "Item";

        /// <summary>
        /// Lambda, the L2 penalty of the weights, 1E-06 to 1E+09 in units of interactions: tens for sparse data, hundreds where items have many thousands
        /// of users.
        /// </summary>
        public float Regularization { get; set; } = 100;

        /// <summary>
        /// Beta, 0 to 1, without a unit: how much less a user with a long history counts. A user with d items weighs d^-beta; 0, the default, weighs all
        /// users the same.
        /// </summary>
        public float UserDegreeExponent { get; set; }

        /// <summary>
        /// Alpha, 0 to 1, without a unit: how much less popular items are favoured. The weight of a history's item j for an item i is
        /// multiplied by (d_j / d_i)^alpha, d being an item's number of users; 0, the default, leaves it as it is.
        /// </summary>
        public float PopularityExponent { get; set; }

        /// <summary>
        /// The probability p of dropping an interaction, 0 to 0.95: the weights are those that best reconstruct histories from which each item is dropped
        /// with this probability, on average over all ways to drop. The penalty of an item's weights grows with its number of users. 0, the default,
        /// drops none.
        /// </summary>
        public float DropoutRate { get; set; }

        /// <summary>Number of threads, 1 to 1,024; null is one for each processor.</summary>
        public int? NumberOfThreads { get; set; }

        /// <summary>Stops training with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal Options Copy() => (Options)MemberwiseClone();

        internal void Validate()
        {
            Expect.UserAndItemColumn(UserColumnName, ItemColumnName);
            Expect.Between(1e-6f, 1e9f, Regularization);
            Expect.Between(0f, 1f, UserDegreeExponent);
            Expect.Between(0f, 1f, PopularityExponent);
            Expect.Between(0f, 0.95f, DropoutRate);
            Expect.Threads(NumberOfThreads);
        }
    }

    /// <summary>Computes the weights.</summary>
    /// <param name="input">Training interactions: a user and an item key column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// There are no interactions, or too many for an array; the matrix of all pairs of items would not fit an array (more than about 46,000 items); or
    /// <see cref="Options.Regularization"/> is too small for the precision of float32.
    /// </exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public ItemSimilarityTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        DataViewSchema.Column item = _reader.Find(input.Schema).Item;
        int itemCount = KeyColumns.KeyCount(item);
        long length = (long)itemCount * Matrix.StrideOf(itemCount);
        if (length > Matrix.MaxLength)
        {
            string limit = string.Create(CultureInfo.InvariantCulture,
                $"an array holds at most {Matrix.MaxLength:N0}. Leave out rare items, or choose Slim, ItemKnn or GraphFilter.");
            throw _host.Bad(
                $"EASE keeps a weight for every pair of items: the {itemCount:N0} items of column '{item.Name}' take {length:N0} numbers, and {limit}");
        }
        TrainingInteractions data = _reader.ReadTraining(input, 1, channel);
        channel.Info($"Inverting a matrix of {itemCount:N0} x {itemCount:N0} items, {length * sizeof(float) / 1e6:N0} MB.");
        Matrix weights;
        try
        {
            EaseSettings settings = new(_options.Regularization, _options.UserDegreeExponent, _options.PopularityExponent, _options.DropoutRate);
            weights = EaseWeights.Compute(data.Graph, settings, _options.NumberOfThreads ?? Environment.ProcessorCount, _options.CancellationToken);
        }
        catch (ArithmeticException singular)
        {
            const string Expected = "a number large enough to invert the item matrix in float32";
            throw _host.Bad($"Option {nameof(Options.Regularization)}: expected {Expected}, found {_options.Regularization}. {singular.Message}");
        }
        channel.Info($"Computed the weights of {itemCount:N0} items from {data.Graph.InteractionCount:N0} interactions.");
        return new ItemSimilarityTransformer(
            _host,
            new ItemSimilarityModelParameters("Ease", data.Graph, new DenseItemWeights(weights), data.Users, data.Items),
            _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>The schema that <see cref="Fit"/>'s transformer will produce: the input's columns and a Score.</summary>
    /// <param name="inputSchema">Schema of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user or item column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _reader.Promise(inputSchema);
}
