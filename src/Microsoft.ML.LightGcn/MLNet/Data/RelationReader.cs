using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>Reads relations as edges between the users and items of the training data, and says in the log what was read.</summary>
internal sealed class RelationReader(IExceptionContext context, IChannel channel, KeyVocabulary users, KeyVocabulary items)
{
    private readonly Lazy<KeyNames> _users = new(() => new KeyNames(users, "user")), _items = new(() => new KeyNames(items, "item"));

    /// <exception cref="ArgumentException">A column is missing or of another type, keys can't be matched, weights are too far apart, or there are no edges.</exception>
    /// <exception cref="InvalidOperationException">A weight is not positive and finite.</exception>
    public EdgeSet Read(GraphRelation relation)
    {
        string owner = $"relation '{relation.Name}'";
        bool isOfUsers = relation.Kind == GraphRelationKind.UserAttribute, isOfItemsOnly = relation.Kind == GraphRelationKind.ItemItem;
        DataViewSchema schema = relation.Data.Schema;
        IdColumn nodeColumn = FindId(schema, relation.ColumnName, isOfUsers ? "user" : "item", owner), otherColumn = FindId(schema, relation.OtherColumnName, isOfItemsOnly ? "other item" : "attribute", owner);
        PositiveNumberColumn? weightColumn = relation.WeightColumnName is { } weightName ? PositiveNumberColumn.Find(context, schema, weightName, "weight", owner) : null;
        KeyVocabulary nodes = isOfUsers ? users : items;
        CheckMatch(nodeColumn.Column, nodes, isOfUsers ? "user" : "item", owner);
        if (isOfItemsOnly)
            CheckMatch(otherColumn.Column, nodes, "other item", owner);

        Attributes attributes = new();
        List<int> rows = [], columns = [];
        List<float> weights = [];
        long rowCount = 0, missing = 0, unknown = 0, loops = 0;
        using (DataViewRowCursor cursor = relation.Data.GetRowCursor([nodeColumn.Column, otherColumn.Column, .. weightColumn is { } one ? [one.Column] : Array.Empty<DataViewSchema.Column>()]))
        {
            Func<ReadOnlyMemory<char>, int> findNode = id => (isOfUsers ? _users : _items).Value.Find(id.Span);
            NodeReader node = new(cursor, nodeColumn, findNode), other = new(cursor, otherColumn, isOfItemsOnly ? findNode : attributes.Find);
            Func<float> getWeight = weightColumn?.Open(context, cursor) ?? (() => 1);
            for (; cursor.MoveNext(); rowCount++)
            {
                (int? from, int? to) = (node.Read(), other.Read());
                if (from is not int row || to is not int neighbour)
                    missing++;
                else if (row < 0 || neighbour < 0)
                    unknown++;
                else if (isOfItemsOnly && row == neighbour)
                    loops++;
                else
                    Add(row, neighbour, getWeight());
            }
        }
        if (rows.Count == 0)
            throw context.Process(new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Relation '{relation.Name}': expected rows of {(isOfUsers ? "users" : "items")} of the training data in column '{relation.ColumnName}', found none in {rowCount:N0} rows ({missing:N0} with a missing id, {unknown:N0} with an unknown one, {loops:N0} from an item to itself).")));

        string[] names = isOfItemsOnly ? [] : attributes.KeepUsed(CollectionsMarshal.AsSpan(columns));
        SparseRows edges = SparseRows.FromEntries(CollectionsMarshal.AsSpan(rows), CollectionsMarshal.AsSpan(columns), CollectionsMarshal.AsSpan(weights), nodes.Count, isOfItemsOnly ? nodes.Count : names.Length);
        try
        {
            edges = edges.WithMeanWeightOne();
        }
        catch (ArgumentException tooFarApart)
        {
            throw context.Process(new ArgumentException($"Weight column '{relation.WeightColumnName}' of {owner}: {tooFarApart.Message}.", tooFarApart));
        }
        EdgeSet read = new(relation.Name, relation.Kind, relation.Strength, edges, names);
        int touched = 0;
        for (int row = 0; row < edges.RowCount; row++)
            touched += edges.CountOf(row) > 0 ? 1 : 0;
        long skipped = missing + unknown + loops, equal = rowCount - skipped - read.EdgeCount;
        string ofAttributes = isOfItemsOnly ? "" : string.Create(CultureInfo.InvariantCulture, $" and {names.Length:N0} attributes");
        channel.Info($"Relation '{relation.Name}', strength {relation.Strength}: {read.EdgeCount:N0} edges{(edges.Weights is null ? "" : " with weights")} of {touched:N0} of {nodes.Count:N0} {(isOfUsers ? "users" : "items")}{ofAttributes}. Of {rowCount:N0} rows added {equal:N0} to equal ones and skipped {skipped:N0} ({missing:N0} with a missing id, {unknown:N0} with an unknown one, {loops:N0} from an item to itself).");
        return read;

        void Add(int row, int neighbour, float weight)
        {
            if (rows.Count > Array.MaxLength - 2)
                throw context.Process(new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Relation '{relation.Name}': expected at most {Array.MaxLength:N0} edges, found more.")));
            (int first, int last) = (row, neighbour);
            for (int direction = 0; direction < (isOfItemsOnly ? 2 : 1); direction++)
            {
                rows.Add(first);
                columns.Add(last);
                weights.Add(weight);
                (first, last) = (last, first);
            }
        }
    }

    private IdColumn FindId(DataViewSchema schema, string name, string role, string owner)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw context.Process(new ArgumentOutOfRangeException(nameof(schema), $"Could not find {role} column '{name}' of {owner}"));
        return IdReader.OpenerFor(column.Type) is { } opener && column.Type is not RowIdDataViewType
            ? new IdColumn(column, opener)
            : throw context.Process(new ArgumentOutOfRangeException(nameof(schema), $"Schema mismatch for {role} column '{name}' of {owner}: expected a scalar key, text, number, Boolean or time, got {column.Type}"));
    }

    /// <summary>Keys are matched by what they stand for, or by number where neither stands for anything.</summary>
    private void CheckMatch(DataViewSchema.Column column, KeyVocabulary nodes, string role, string owner)
    {
        if (column.Type is not KeyDataViewType)
            return;
        bool hasValues = IdText.KeyValuesOf(column) is not null;
        if (hasValues && nodes.Values is null)
            throw context.Process(new ArgumentException($"The {role} column '{column.Name}' of {owner}: expected keys without key values, as the training data's are, found keys with key values. Map both with the same MapValueToKey, or give the numbers of the training data's keys."));
        if (!hasValues && nodes.Values is not null)
            throw context.Process(new ArgumentException($"The {role} column '{column.Name}' of {owner}: expected keys with key values, as the training data's are, found keys without key values. Map both with the same MapValueToKey, or give the ids as text or numbers."));
    }

    /// <summary>Attributes in the order in which they first appear.</summary>
    private sealed class Attributes
    {
        private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
        private readonly List<string> _names = [];

        public int Find(ReadOnlyMemory<char> id)
        {
            string name = id.ToString();
            if (_indices.TryAdd(name, _names.Count))
                _names.Add(name);
            return _indices[name];
        }

        /// <summary>Numbers the attributes that have edges anew, in the same order, and returns their names.</summary>
        public string[] KeepUsed(Span<int> ends)
        {
            int[] next = new int[_names.Count];
            foreach (int attribute in ends)
                next[attribute] = 1;
            List<string> names = [];
            for (int attribute = 0; attribute < next.Length; attribute++)
            {
                if (next[attribute] == 0)
                    continue;
                next[attribute] = names.Count;
                names.Add(_names[attribute]);
            }
            foreach (ref int attribute in ends)
                attribute = next[attribute];
            return [.. names];
        }
    }
}
