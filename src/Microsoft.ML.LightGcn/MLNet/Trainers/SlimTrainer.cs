using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.MLNet.Trainers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A sparse linear method whose non-zero weights are chosen beforehand (fsSLIM: Ning and Karypis, "SLIM: Sparse linear methods for top-N recommender
/// systems", ICDM 2011), with the L2 penalty alone and in closed form. It is EASE with no more than some tens of weights for each item.
/// </summary>
/// <remarks>
/// <para>
/// To create it use <see cref="BaselineTrainersCatalog.Slim(RankingCatalog.RankingTrainers, string, string, int)"/> or its overload with
/// <see cref="Options"/>.
/// </para>
/// <para>
/// With R the binary users x items matrix, d_u and d_i the numbers of interactions of a user and an item, and G = R^T diag(d_u^-beta) R, the neighbours
/// N(i) of an item i are the <see cref="Options.NeighbourCount"/> other items j with the greatest G_ij / sqrt(G_jj + Lambda_j). Its weights are b_i =
/// (G_NN + diag(Lambda_N))^-1 G_Ni: the ridge regression of its column on theirs. Lambda_j is lambda times the mean of d_u^-beta, plus p / (1 - p) G_jj.
/// The score of a user and an item i is the sum of W_ji = d_j^alpha b_ji d_i^-alpha over the items j in the user's history. Here lambda is
/// <see cref="Options.Regularization"/>, beta <see cref="Options.UserDegreeExponent"/>, alpha <see cref="Options.PopularityExponent"/> and p
/// <see cref="Options.DropoutRate"/>. The exponents are those of data-adaptive normalised linear autoencoders (Park et al., "Why is normalization
/// necessary for linear recommenders?", SIGIR 2025), and p is that of denoising ones (Steck, "Autoencoders that don't overfit towards the identity",
/// NeurIPS 2020).
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
/// Duplicate interactions count once. Rows with a missing user or item are skipped and counted in the log. Memory is 16 bytes for each weight and, during
/// training, 64 to 512 MB more. Training visits every history a few times for each of its items; its time grows with the number of items, not with its
/// square. Results do not depend on the number of threads.
/// </para>
/// </remarks>
public sealed class SlimTrainer : IEstimator<ItemSimilarityTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly InteractionReader _reader;

    internal SlimTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(SlimTrainer));
        _options = options.Copy();
        _host.Check(_options.Validate);
        _reader = new InteractionReader(_host, _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>The settings of <see cref="SlimTrainer"/>. Each is checked when the trainer is made.</summary>
    public sealed class Options
    {
        /// <summary>Name of the user column, a key column of known cardinality.</summary>
        public string UserColumnName { get; set; } = "User";

        /// <summary>Name of the item column, a key column of known cardinality.</summary>
        public string ItemColumnName { get; set; } = "Item";

        /// <summary>
        /// Number of other items that each item has a weight for, 1 to 1,000; more than there are means all. The time of solving grows with the cube of
        /// this number; the time of counting what is chosen together does not depend on it.
        /// </summary>
        public int NeighbourCount { get; set; } = NeighbourRegressionSettings.DefaultNeighbourCount;

        /// <summary>Lambda, the L2 penalty of the weights, 1E-06 to 1E+09, in units of interactions of a user of mean weight.</summary>
        public float Regularization { get; set; } = NeighbourRegressionSettings.DefaultRegularization;

        /// <summary>
        /// Beta, 0 to 1: a user with d interactions counts d^-beta in what is chosen together. 0 counts all users the same. At 1, users with long
        /// histories, who choose many items together, count no more than others.
        /// </summary>
        public float UserDegreeExponent { get; set; } = NeighbourRegressionSettings.DefaultUserDegreeExponent;

        /// <summary>
        /// Alpha, 0 to 1: the weight of item j for item i is multiplied by (d_j / d_i)^alpha. More of it recommends what is less popular. Null is 0.1
        /// log2(m / 20), at least 0 and at most 0.3, with m the mean number of interactions of the items that have any: a rarely chosen item is worth
        /// recommending where enough is known of it.
        /// </summary>
        public float? PopularityExponent { get; set; }

        /// <summary>
        /// The probability p of dropping an interaction, 0 to 0.95: the weights are those that best predict items from histories from which items are
        /// dropped with this probability.
        /// </summary>
        public float DropoutRate { get; set; } = NeighbourRegressionSettings.DefaultDropoutRate;

        /// <summary>
        /// Number of items of a history that count in the weights, 2 to 1,000,000. From a longer history so many are drawn, always the same. The time of
        /// a history grows with the square of this number. Scores use whole histories.
        /// </summary>
        public int MaximumHistoryLength { get; set; } = NeighbourRegressionSettings.DefaultMaximumHistoryLength;

        /// <summary>Number of threads, 1 to 1,024; null is one for each processor.</summary>
        public int? NumberOfThreads { get; set; }

        /// <summary>Stops training with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal NeighbourRegressionSettings Settings =>
            new(NeighbourCount, Regularization, UserDegreeExponent, PopularityExponent, DropoutRate, MaximumHistoryLength);

        internal Options Copy() => (Options)MemberwiseClone();

        internal void Validate()
        {
            Expect.UserAndItemColumn(UserColumnName, ItemColumnName);
            Settings.Validate();
            Expect.Threads(NumberOfThreads);
        }
    }

    /// <summary>Computes the weights.</summary>
    /// <param name="input">Training interactions: a user and an item key column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// There are no interactions, or too many interactions or weights for an array; or <see cref="Options.Regularization"/> is too small for the
    /// precision of float32.
    /// </exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public ItemSimilarityTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        TrainingInteractions data = _reader.ReadTraining(input, 1, channel);
        SparseItemWeights weights = NeighbourWeights.Compute(
            _host, channel, data.Graph, _options.Settings, "", _options.NumberOfThreads ?? Environment.ProcessorCount, 0,
            ProcessGroup.Single, _options.CancellationToken);
        return new ItemSimilarityTransformer(
            _host,
            new ItemSimilarityModelParameters("Slim", data.Graph, weights, data.Users, data.Items),
            _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>The schema that <see cref="Fit"/>'s transformer will produce: the input's columns and a Score.</summary>
    /// <param name="inputSchema">Schema of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user or item column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _reader.Promise(inputSchema);
}
