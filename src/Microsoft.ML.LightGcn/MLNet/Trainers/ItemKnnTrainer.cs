using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Item-based nearest neighbours (Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001;
/// Deshpande and Karypis, "Item-based top-N recommendation algorithms", TOIS 2004): an item scores by its similarity to the items in the user's history.
/// </summary>
/// <remarks>
/// <para>
/// To create it use <see cref="BaselineTrainersCatalog.ItemKnn(RankingCatalog.RankingTrainers, string, string, int, float)"/> or its
/// overload with <see cref="Options"/>.
/// </para>
/// <para>
/// The similarity of items i and j is s_ij = c_ij / (sqrt(d_i d_j) + shrinkage), with c_ij the number of users of both and d_i
/// the number of users of i: the cosine of their columns of the interaction matrix, shrunk for pairs of rare items. Every item j keeps its most similar
/// other items; among equals, those of the lower index. The score of a user u and an item i is the sum of s_ji over the items j in u's history that kept
/// i.
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
/// Duplicate interactions count once. Rows with a missing user or item are skipped and counted in the log. Training visits every user's history once for
/// each of its items. Memory is 8 bytes for each similarity that is kept; without a limit on neighbours, that is one for every ordered pair of items with
/// a user in common. Results do not depend on the number of threads.
/// </para>
/// </remarks>
public sealed class ItemKnnTrainer : IEstimator<ItemSimilarityTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly InteractionReader _reader;

    internal ItemKnnTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(ItemKnnTrainer));
        _options = options.Copy();
        _host.Check(_options.Validate);
        _reader = new InteractionReader(_host, _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>The settings of <see cref="ItemKnnTrainer"/>. Each is checked when the trainer is made.</summary>
    public sealed class Options
    {
        /// <summary>Name of the user column, a key column of known cardinality.</summary>
        public string UserColumnName { get; set; } = "User";

        /// <summary>Name of the item column, a key column of known cardinality.</summary>
        public string ItemColumnName { get; set; } = "Item";

        /// <summary>
        /// Number of most similar items that each item keeps, 0 or more. 0 or null, the default, keeps all, as does more than there are.
        /// </summary>
        public int? NeighbourCount { get; set; }

        /// <summary>Added to the denominator of the cosine, 0 to 1,000,000 in units of users.</summary>
        public float Shrinkage { get; set; }

        /// <summary>Number of threads, 1 to 1,024; null is one for each processor.</summary>
        public int? NumberOfThreads { get; set; }

        /// <summary>Stops training with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal Options Copy() => (Options)MemberwiseClone();

        internal void Validate()
        {
            Expect.UserAndItemColumn(UserColumnName, ItemColumnName);
            Expect.AtLeast(0, NeighbourCount);
            Expect.Between(0f, 1e6f, Shrinkage);
            Expect.Threads(NumberOfThreads);
        }
    }

    /// <summary>Computes the similarities.</summary>
    /// <param name="input">Training interactions: a user and an item key column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">There are no interactions, or more interactions or similarities than an array can hold.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public ItemSimilarityTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        TrainingInteractions data = _reader.ReadTraining(input, 1, channel);
        BipartiteGraph graph = data.Graph;
        SparseItemWeights weights;
        try
        {
            weights = SparseItemWeights.FromRows(ItemNeighbours.Compute(
                graph, _options.NeighbourCount is int count and > 0 ? count : int.MaxValue, _options.Shrinkage,
                _options.NumberOfThreads ?? Environment.ProcessorCount, _options.CancellationToken));
        }
        catch (ArgumentException tooMany)
        {
            throw _host.Process(tooMany);
        }
        channel.Info($"Kept {weights.NonZeroCount:N0} similarities of {graph.ItemCount:N0} items from {graph.InteractionCount:N0} interactions.");
        return new ItemSimilarityTransformer(
            _host,
            new ItemSimilarityModelParameters("ItemKnn", graph, weights, data.Users, data.Items),
            _options.UserColumnName, _options.ItemColumnName);
    }

    /// <summary>The schema that <see cref="Fit"/>'s transformer will produce: the input's columns and a Score.</summary>
    /// <param name="inputSchema">Schema of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user or item column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _reader.Promise(inputSchema);
}
