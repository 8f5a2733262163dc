using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>
/// The user and the item column of a trainer, and the one way from their rows to a graph: every trainer accepts the same data
/// and complains in the same words.
/// </summary>
internal sealed class InteractionReader(IHost host, string userColumnName, string itemColumnName)
{
    /// <summary>The schema that a trainer promises before it has seen data.</summary>
    public SchemaShape Promise(SchemaShape input) => KeyColumns.Promise(host, input, userColumnName, itemColumnName);

    /// <summary>The columns in a schema, both keys of known cardinality.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public (DataViewSchema.Column User, DataViewSchema.Column Item) Find(DataViewSchema schema) =>
        (KeyColumns.KeyColumn(host, schema, userColumnName, "user"), KeyColumns.KeyColumn(host, schema, itemColumnName, "item"));

    /// <summary>Reads the training interactions, and logs what was skipped and merged.</summary>
    /// <exception cref="ArgumentException">There are too many interactions, or interactions of too few users.</exception>
    public BipartiteGraph ReadGraph(IDataView data, int minimumUserCount, IChannel channel)
    {
        (DataViewSchema.Column user, DataViewSchema.Column item) = Find(data.Schema);
        BipartiteGraphBuilder builder = new(KeyColumns.KeyCount(user), KeyColumns.KeyCount(item));
        try
        {
            builder.AddRows(data, user, item);
        }
        catch (ArgumentException tooMany)
        {
            throw host.Process(tooMany);
        }
        BipartiteGraph graph = builder.Build();
        if (builder.MissingCount > 0)
            channel.Warning(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"Skipped {builder.MissingCount:N0} of {builder.MissingCount + builder.PairCount:N0} rows: user or item missing."));
        if (builder.DuplicateCount > 0)
            channel.Info($"Merged {builder.DuplicateCount:N0} duplicate interactions.");
        int activeUsers = 0;
        for (int u = 0; u < graph.UserCount; u++)
            activeUsers += graph.ItemsOf(u).Length > 0 ? 1 : 0;
        if (activeUsers < minimumUserCount)
            throw Bad($"The training data have {graph.InteractionCount:N0} interactions of {activeUsers} user{(activeUsers == 1 ? "" : "s")} in columns '{user.Name}' and '{item.Name}' ({builder.MissingCount:N0} rows skipped); expected interactions of at least {minimumUserCount} user{(minimumUserCount == 1 ? "" : "s")}.");
        return graph;
    }

    /// <summary>An error about the data or about an option that does not suit them, in the trainer's name.</summary>
    public ArgumentException Bad(FormattableString message) => host.Process(new ArgumentException(message.ToString(CultureInfo.InvariantCulture)));
}
