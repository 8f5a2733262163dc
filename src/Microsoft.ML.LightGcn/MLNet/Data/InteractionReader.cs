using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>
/// The one way from rows of a user and an item key to a graph: every trainer accepts the same data and complains in the same words.
/// </summary>
internal sealed class InteractionReader(IExceptionContext context, string userColumnName, string itemColumnName)
{
    /// <summary>The schema that a trainer promises before it has seen data.</summary>
    public SchemaShape Promise(SchemaShape input) => KeyColumns.Promise(context, input, userColumnName, itemColumnName);

    /// <summary>The columns in a schema, both keys of known cardinality.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public (DataViewSchema.Column User, DataViewSchema.Column Item) Find(DataViewSchema schema) =>
        (KeyColumns.KeyColumn(context, schema, userColumnName, "user"), KeyColumns.KeyColumn(context, schema, itemColumnName, "item"));

    /// <summary>The columns in a schema, of as many keys as those of another.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public (DataViewSchema.Column User, DataViewSchema.Column Item) Find(DataViewSchema schema, (DataViewSchema.Column User, DataViewSchema.Column Item) same)
    {
        (DataViewSchema.Column user, DataViewSchema.Column item) = Find(schema);
        KeyColumns.CheckSameKeys(context, same.User, user, "user");
        KeyColumns.CheckSameKeys(context, same.Item, item, "item");
        return (user, item);
    }

    /// <summary>Reads training interactions, and logs what was skipped and merged.</summary>
    /// <exception cref="ArgumentException">There are too many interactions, or interactions of too few users.</exception>
    public BipartiteGraph ReadTraining(IDataView data, int minimumUserCount, IChannel channel)
    {
        (DataViewSchema.Column user, DataViewSchema.Column item) = Find(data.Schema);
        (BipartiteGraph graph, long missing, int duplicates) = Read(data, user, item);
        if (missing > 0)
            channel.Warn($"Skipped {missing:N0} of {missing + graph.InteractionCount + duplicates:N0} rows: user or item missing.");
        if (duplicates > 0)
            channel.Info($"Merged {duplicates:N0} duplicate interactions.");
        int activeUsers = 0;
        for (int u = 0; u < graph.UserCount; u++)
            activeUsers += graph.ItemsOf(u).Length > 0 ? 1 : 0;
        string found = string.Create(CultureInfo.InvariantCulture,
            $"{graph.InteractionCount:N0} interactions of {activeUsers} user{(activeUsers == 1 ? "" : "s")}");
        string expected = string.Create(CultureInfo.InvariantCulture, $"at least {minimumUserCount} user{(minimumUserCount == 1 ? "" : "s")}");
        return activeUsers >= minimumUserCount
            ? graph
            : throw context.Bad(
                $"The training data have {found} in columns '{user.Name}' and '{item.Name}' ({missing:N0} rows skipped); expected interactions of {expected}.");
    }

    /// <summary>Reads interactions; rows with a missing user or item count for nothing.</summary>
    public BipartiteGraph ReadGraph(IDataView data, (DataViewSchema.Column User, DataViewSchema.Column Item) columns) =>
        Read(data, columns.User, columns.Item).Graph;

    /// <summary>Reads held-out interactions; duplicates count once, and pairs that are in <paramref name="seen"/> are dropped.</summary>
    public HeldOutInteractions ReadHeldOut(IDataView data, (DataViewSchema.Column User, DataViewSchema.Column Item) columns, BipartiteGraph? seen) =>
        HeldOutInteractions.FromGraph(ReadGraph(data, columns), seen);

    private (BipartiteGraph Graph, long MissingCount, int DuplicateCount) Read(IDataView data, DataViewSchema.Column user, DataViewSchema.Column item)
    {
        (int userCount, int itemCount) = (KeyColumns.KeyCount(user), KeyColumns.KeyCount(item));
        if ((long)userCount + itemCount >= Array.MaxLength)
        {
            const string Advice = "Map the ids with MapValueToKey, which numbers those that there are.";
            string names = $"Columns '{user.Name}' and '{item.Name}'";
            throw context.Bad($"{names}: expected fewer than {Array.MaxLength:N0} keys together, found {userCount:N0} and {itemCount:N0}. {Advice}");
        }
        BipartiteGraphBuilder builder = new(userCount, itemCount);
        long missing = 0;
        try
        {
            if (data.GetRowCount() is long rows && rows > Array.MaxLength)
                throw BipartiteGraphBuilder.TooMany(rows);
            using InteractionCursor cursor = new(data, user, item);
            while (cursor.MoveNext())
            {
                (int u, int i) = (cursor.User, cursor.Item);
                if (u >= 0 && i >= 0)
                    builder.Add(u, i);
                else
                    missing++;
            }
        }
        catch (ArgumentException tooMany)
        {
            throw context.Process(tooMany);
        }
        BipartiteGraph graph = builder.Build();
        return (graph, missing, builder.DuplicateCount);
    }
}
