using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;
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

    /// <summary>Reads training interactions, and logs what was skipped and merged.</summary>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type; there are too many interactions, or interactions of too few users; a key value is not well-formed text.
    /// </exception>
    public TrainingInteractions ReadTraining(IDataView data, int minimumUserCount, IChannel channel)
    {
        (DataViewSchema.Column user, DataViewSchema.Column item) = Find(data.Schema);
        WellFormedText.CheckKeys(context, data, user, "user");
        WellFormedText.CheckKeys(context, data, item, "item");
        InteractionRows rows = Read(data, (user, item), KeyColumns.KeyCount(user), KeyColumns.KeyCount(item));
        BipartiteGraph graph = rows.Graph;
        long missing = rows.UnknownUserCount + rows.UnknownItemCount;
        if (missing > 0)
            channel.Warn($"Skipped {missing:N0} of {rows.RowCount:N0} rows: user or item missing.");
        if (rows.DuplicateCount > 0)
            channel.Info($"Merged {rows.DuplicateCount:N0} duplicate interactions.");
        KeyLimit.Warn(channel, user, "user", rows.UnknownUserCount);
        KeyLimit.Warn(channel, item, "item", rows.UnknownItemCount);
        int activeUsers = 0;
        for (int u = 0; u < graph.UserCount; u++)
            activeUsers += graph.ItemsOf(u).Length > 0 ? 1 : 0;
        string found = string.Create(CultureInfo.InvariantCulture,
            $"{graph.InteractionCount:N0} interactions of {activeUsers} user{(activeUsers == 1 ? "" : "s")}");
        string expected = string.Create(CultureInfo.InvariantCulture, $"at least {minimumUserCount} user{(minimumUserCount == 1 ? "" : "s")}");
        return activeUsers >= minimumUserCount
            ? new TrainingInteractions(graph, KeyValues.Read(data, user, "user"), KeyValues.Read(data, item, "item"), user, item)
            : throw context.Bad(
                $"The training data have {found} in columns '{user.Name}' and '{item.Name}' ({missing:N0} rows skipped); expected interactions of {expected}.");
    }

    /// <summary>Reads interactions; rows with a missing user or item count for nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public BipartiteGraph ReadGraph(IDataView data)
    {
        (DataViewSchema.Column User, DataViewSchema.Column Item) columns = Find(data.Schema);
        WellFormedText.CheckKeys(context, data, columns.User, "user");
        WellFormedText.CheckKeys(context, data, columns.Item, "item");
        return Read(data, columns, KeyColumns.KeyCount(columns.User), KeyColumns.KeyCount(columns.Item)).Graph;
    }

    /// <summary>Reads interactions of the users and items of a vocabulary; rows of others count for nothing.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="users">What user keys must mean.</param>
    /// <param name="items">What item keys must mean.</param>
    /// <param name="owner">What those are of, for errors.</param>
    /// <param name="channel">The log; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or its keys mean something else.</exception>
    public BipartiteGraph ReadGraph(IDataView data, Vocabulary users, Vocabulary items, string owner, IChannel? channel = null) =>
        Read(data, FindSame(data, users, items, owner, channel), users.Count, items.Count).Graph;

    /// <summary>
    /// Reads held-out interactions, and logs what can't be ranked: rows of users or items that are not known, and pairs that are in
    /// <paramref name="seen"/>. Duplicates count once.
    /// </summary>
    /// <param name="data">The rows.</param>
    /// <param name="users">What user keys must mean.</param>
    /// <param name="items">What item keys must mean.</param>
    /// <param name="owner">What those are of: "the model" or "the training data".</param>
    /// <param name="seen">Pairs that are never recommended; null for none.</param>
    /// <param name="what">What errors and the log call the data: "held-out" or "validation".</param>
    /// <param name="channel">The log.</param>
    /// <param name="gainColumnName">The column of gains; null where every interaction is as good as any other.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, its keys mean something else, or no interaction is left: the message says why.
    /// </exception>
    /// <exception cref="InvalidOperationException">A gain is negative or not finite.</exception>
    public HeldOutInteractions ReadHeldOut(
        IDataView data, Vocabulary users, Vocabulary items, string owner, BipartiteGraph? seen, string what, IChannel channel, string? gainColumnName = null)
    {
        (DataViewSchema.Column User, DataViewSchema.Column Item) columns = FindSame(data, users, items, owner, channel);
        NumberColumn? gain = gainColumnName is null ? null : NumberColumn.Find(context, data.Schema, gainColumnName, "gain");
        InteractionRows rows = Read(data, columns, users.Count, items.Count, gain);
        HeldOutInteractions heldOut = HeldOutInteractions.FromGraph(
            rows.Graph, seen, gain is { } column ? ReadGains(data, columns, rows.Graph, column) : null, rows.UnknownUserCount, rows.UnknownItemCount);
        long left = rows.UnknownUserCount + rows.UnknownItemCount + heldOut.Counts.Seen;
        string reasons = string.Create(CultureInfo.InvariantCulture,
            $"{rows.UnknownUserCount:N0} of unknown users, {rows.UnknownItemCount:N0} of unknown items, "
            + $"{heldOut.Counts.Seen:N0} among the seen ones{(gain is null ? "" : $", {rows.ZeroGainCount:N0} without gain")}");
        if (rows.DuplicateCount > 0)
            reasons += string.Create(CultureInfo.InvariantCulture, $", {rows.DuplicateCount:N0} duplicates");
        if (heldOut.UserCount == 0)
        {
            string where = $"columns '{columns.User.Name}' and '{columns.Item.Name}'";
            throw context.Bad($"The {what} data have no interactions to rank in {where}: of {rows.RowCount:N0} rows, {reasons}.");
        }
        FormattableString message = $"Of {rows.RowCount:N0} {what} rows {heldOut.InteractionCount:N0} interactions are ranked; left out: {reasons}.";
        if (left * 10 > rows.RowCount)
            channel.Warn(message);
        else if (left + rows.ZeroGainCount > 0)
            channel.Info(message);
        KeyLimit.Warn(channel, columns.User, "user", rows.UnknownUserCount);
        KeyLimit.Warn(channel, columns.Item, "item", rows.UnknownItemCount);
        return heldOut;
    }

    private (DataViewSchema.Column User, DataViewSchema.Column Item) FindSame(
        IDataView data, Vocabulary users, Vocabulary items, string owner, IChannel? channel)
    {
        (DataViewSchema.Column user, DataViewSchema.Column item) = Find(data.Schema);
        KeyMatch.Check(context, user, users, owner, data, channel);
        KeyMatch.Check(context, item, items, owner, data, channel);
        return (user, item);
    }

    private InteractionRows Read(
        IDataView data, (DataViewSchema.Column User, DataViewSchema.Column Item) columns, int userCount, int itemCount, NumberColumn? gain = null)
    {
        if ((long)userCount + itemCount >= Array.MaxLength)
        {
            const string Advice = "Map the ids with MapValueToKey, which numbers those that there are.";
            string names = $"Columns '{columns.User.Name}' and '{columns.Item.Name}'";
            throw context.Bad($"{names}: expected fewer than {Array.MaxLength:N0} keys together, found {userCount:N0} and {itemCount:N0}. {Advice}");
        }
        BipartiteGraphBuilder builder = new(userCount, itemCount);
        long rows = 0, unknownUsers = 0, unknownItems = 0, zeroGains = 0;
        try
        {
            if (data.GetRowCount() is long count && count > Array.MaxLength)
                throw BipartiteGraphBuilder.TooMany(count);
            using InteractionCursor cursor = gain is { } column
                ? new(data, columns.User, columns.Item, userCount, itemCount, column.Column)
                : new(data, columns.User, columns.Item, userCount, itemCount);
            Func<float>? getGain = gain?.Open(context, cursor.Row, allowZero: true);
            for (; cursor.MoveNext(); rows++)
            {
                (int u, int i) = (cursor.User, cursor.Item);
                if (u < 0)
                    unknownUsers++;
                else if (i < 0)
                    unknownItems++;
                else if (getGain?.Invoke() == 0)
                    zeroGains++;
                else
                    builder.Add(u, i);
            }
        }
        catch (ArgumentException tooMany)
        {
            throw context.Process(tooMany);
        }
        BipartiteGraph graph = builder.Build();
        return new InteractionRows(graph, rows, unknownUsers, unknownItems, zeroGains, builder.DuplicateCount);
    }

    /// <summary>The gains in the order of <see cref="BipartiteGraph.ByUser"/>; of duplicates the greatest.</summary>
    private float[] ReadGains(IDataView data, (DataViewSchema.Column User, DataViewSchema.Column Item) columns, BipartiteGraph graph, NumberColumn gain)
    {
        float[] gains = new float[graph.InteractionCount];
        using InteractionCursor cursor = new(data, columns.User, columns.Item, graph.UserCount, graph.ItemCount, gain.Column);
        Func<float> getGain = gain.Open(context, cursor.Row, allowZero: true);
        while (cursor.MoveNext())
        {
            if (cursor.User < 0 || cursor.Item < 0)
                continue;
            int place = graph.ItemsOf(cursor.User).BinarySearch(cursor.Item);
            if (place >= 0)
                gains[graph.ByUser.Offsets.Span[cursor.User] + place] = Math.Max(gains[graph.ByUser.Offsets.Span[cursor.User] + place], getGain());
        }
        return gains;
    }

    /// <summary>What a pass over rows found.</summary>
    private readonly record struct InteractionRows(
        BipartiteGraph Graph, long RowCount, long UnknownUserCount, long UnknownItemCount, long ZeroGainCount, int DuplicateCount);
}
