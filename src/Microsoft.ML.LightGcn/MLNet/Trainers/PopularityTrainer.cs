using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Ranks items by the number of users who interacted with them, the same for everyone: the least that a recommender has to beat.
/// </summary>
/// <remarks>
/// <para>To create it use <see cref="BaselineTrainersCatalog.Popularity"/>.</para>
/// <para>Input and output columns:</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>user (input)</term><description>Key of known cardinality; one row is one interaction.</description></item>
/// <item><term>item (input)</term><description>Key of known cardinality.</description></item>
/// <item><term>Score (output)</term><description>Single: number of distinct users of the item; NaN for a missing or unknown key.</description></item>
/// </list>
/// <para>Duplicate interactions count once. Rows with a missing user or item are skipped and counted in the log.</para>
/// </remarks>
public sealed class PopularityTrainer : IEstimator<PopularityTransformer>
{
    private readonly IHost _host;
    private readonly string _userColumnName, _itemColumnName;
    private readonly InteractionReader _reader;

    internal PopularityTrainer(IHostEnvironment environment, string userColumnName, string itemColumnName)
    {
        ArgumentNullException.ThrowIfNull(environment);
        _host = environment.Register(nameof(PopularityTrainer));
        _host.Check(() => Expect.UserAndItemColumn(userColumnName, itemColumnName));
        (_userColumnName, _itemColumnName) = (userColumnName, itemColumnName);
        _reader = new InteractionReader(_host, userColumnName, itemColumnName);
    }

    /// <summary>Counts the users of each item.</summary>
    /// <param name="input">Training interactions: a user and an item key column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">There are no interactions, or too many for an array.</exception>
    public PopularityTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        TrainingInteractions data = _reader.ReadTraining(input, 1, channel);
        channel.Info($"Counted {data.Graph.InteractionCount:N0} interactions of {data.Graph.ItemCount:N0} items.");
        return new PopularityTransformer(
            _host, new PopularityModelParameters(data.Graph, data.Users, data.Items), _userColumnName, _itemColumnName);
    }

    /// <summary>The schema that <see cref="Fit"/>'s transformer will produce: the input's columns and a Score.</summary>
    /// <param name="inputSchema">Schema of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user or item column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _reader.Promise(inputSchema);
}
