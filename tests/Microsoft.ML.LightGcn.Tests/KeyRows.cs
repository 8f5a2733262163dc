using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>Rows of a user and an item key without key values, from 0-based indices; -1 is a missing key.</summary>
internal static class KeyRows
{
    public static IDataView Create(MLContext ml, int users, int items, IEnumerable<(int User, int Item)> rows)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["User"].ColumnType = new KeyDataViewType(typeof(uint), users);
        definition["Item"].ColumnType = new KeyDataViewType(typeof(uint), items);
        // ML.NET reads a key-typed uint as zero-based; one past the count is missing.
        return ml.Data.LoadFromEnumerable(rows.Select(row => new Row { User = row.User < 0 ? (uint)users : (uint)row.User, Item = row.Item < 0 ? (uint)items : (uint)row.Item }).ToArray(), definition);
    }

    internal sealed class Row
    {
        public uint User { get; set; }

        public uint Item { get; set; }
    }

    internal sealed class Scored
    {
        public float Score { get; set; }
    }
}
