using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>The columns of a relation's data, found and checked.</summary>
/// <param name="Node">The items, or the users.</param>
/// <param name="Other">The attributes, or the other items.</param>
/// <param name="Weight">The weights; null where every row weighs the same.</param>
internal sealed record RelationColumns(IdColumn Node, IdColumn Other, NumberColumn? Weight)
{
    /// <summary>All of them, for a cursor.</summary>
    public DataViewSchema.Column[] All => Weight is { } weight ? [Node.Column, Other.Column, weight.Column] : [Node.Column, Other.Column];

    /// <summary>Finds the columns of a relation.</summary>
    /// <param name="context">Whose errors they are.</param>
    /// <param name="relation">The relation.</param>
    /// <param name="nodes">The ids of the training data that the relation's are matched with.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or keys can't be matched.</exception>
    public static RelationColumns Find(IExceptionContext context, GraphRelation relation, Vocabulary nodes)
    {
        string owner = $"relation '{relation.Name}'", otherRole = relation.Kind == GraphRelationKind.ItemItem ? "other item" : "attribute";
        DataViewSchema schema = relation.Data.Schema;
        IdColumn node = FindId(context, schema, relation.ColumnName, nodes.Role, owner),
            other = FindId(context, schema, relation.OtherColumnName, otherRole, owner);
        NumberColumn? weight = relation.WeightColumnName is { } name ? NumberColumn.Find(context, schema, name, "weight", owner) : null;
        CheckMatch(context, relation.Data, node.Column, nodes, nodes.Role, owner);
        if (relation.Kind == GraphRelationKind.ItemItem)
            CheckMatch(context, relation.Data, other.Column, nodes, otherRole, owner);
        return new RelationColumns(node, other, weight);
    }

    private static IdColumn FindId(IExceptionContext context, DataViewSchema schema, string name, string role, string owner)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw context.Process(new ArgumentOutOfRangeException(
                nameof(schema), $"Could not find {role} column '{name}' of {owner} {KeyColumns.Among(schema)}"));
        return IdReader.OpenerFor(column.Type) is { } opener && column.Type is not RowIdDataViewType
            ? new IdColumn(column, opener)
            : throw context.Process(new ArgumentOutOfRangeException(
                nameof(schema),
                $"Schema mismatch for {role} column '{name}' of {owner}: expected a scalar key, text, number, Boolean or time, got {column.Type}. "
                + $"Give one {role} in each row."));
    }

    /// <summary>Keys are matched by what they stand for, or by number where neither stands for anything.</summary>
    private static void CheckMatch(
        IExceptionContext context, IDataView data, DataViewSchema.Column column, Vocabulary nodes, string role, string owner)
    {
        if (nodes.Names is null && !nodes.NumbersAreIds && !(column.Type is KeyDataViewType { Count: var count } && count == (ulong)nodes.Count))
        {
            string expected = $"{new KeyDataViewType(typeof(uint), nodes.Count)} without key values, made as the training data's are";
            const string Unknown = "The training data's keys are hashes or the like, whose ids are not known.";
            throw context.Bad($"The {role} column '{column.Name}' of {owner}: expected {expected}, found {column.Type}. {Unknown}");
        }
        if (column.Type is not KeyDataViewType)
            return;
        bool hasValues = KeyValues.FormatOf(column) is not null;
        const string AsTrained = "as the training data's are";
        const string OrNumbers = "Map both with the same MapValueToKey, or give the numbers of the training data's keys, counted from 0.";
        const string OrIds = "Map both with the same MapValueToKey, or give the ids as text or numbers.";
        if (hasValues && nodes.Names is null)
            throw context.Bad(
                $"The {role} column '{column.Name}' of {owner}: expected keys without key values, {AsTrained}, found keys with key values. {OrNumbers}");
        if (!hasValues && nodes.Names is null && nodes.NumbersAreIds && !KeyNumbers.AreIds(data, column))
            throw context.Bad(
                $"The {role} column '{column.Name}' of {owner}: expected the numbers of keys, {AsTrained}, found hashes or the like. {OrNumbers}");
        if (!hasValues && nodes.Names is not null)
            throw context.Bad(
                $"The {role} column '{column.Name}' of {owner}: expected keys with key values, {AsTrained}, found keys without key values. {OrIds}");
    }
}
