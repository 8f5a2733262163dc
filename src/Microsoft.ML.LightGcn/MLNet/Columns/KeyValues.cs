using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>The key values of a key column: what its keys stand for.</summary>
internal static class KeyValues
{
    /// <summary>The annotation that holds the values.</summary>
    public const string Kind = "KeyValues";

    /// <summary>The vocabulary of a key column.</summary>
    /// <param name="data">The data that the column is of.</param>
    /// <param name="column">The column.</param>
    /// <param name="role">What its ids are of: "user" or "item".</param>
    public static Vocabulary Read(IDataView data, DataViewSchema.Column column, string role)
    {
        IdFormat? format = FormatOf(column);
        int count = KeyColumns.KeyCount(column);
        return new Vocabulary(
            role, count, format, () => format is null ? null : TextOf(column, format), format is not null || KeyNumbers.AreIds(data, column))
        {
            Origin = column.Annotations,
        };
    }

    /// <summary>The type of the key values; null when a column has none that are ids.</summary>
    public static IdFormat? FormatOf(DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(Kind)?.Type is VectorDataViewType { ItemType: PrimitiveDataViewType itemType }
            ? IdFormat.Of(itemType.RawType)
            : null;

    /// <summary>The key values as text, from key 1 on, empty for a key without one.</summary>
    public static string[] TextOf(DataViewSchema.Column column, IdFormat format) => format.Accept(new Texts(column));

    /// <summary>The first index of which a column's key values and a vocabulary say different ids; -1 where all that both have are the same.</summary>
    public static int FirstDifference(DataViewSchema.Column column, IdFormat format, Vocabulary keys) => format.Accept(new Difference(column, keys));

    /// <summary>The annotation that gives keys the ids of a vocabulary, as text; none where the ids are not known.</summary>
    public static DataViewSchema.Annotations? AnnotationOf(Vocabulary vocabulary)
    {
        if (vocabulary.Names is null && !vocabulary.NumbersAreIds)
            return null;
        string[] names = [.. Enumerable.Range(0, vocabulary.Count).Select(index => vocabulary[index])];
        DataViewSchema.Annotations.Builder builder = new();
        builder.Add(Kind, new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> values) =>
            values = new VBuffer<ReadOnlyMemory<char>>(names.Length, Array.ConvertAll(names, name => name.AsMemory())));
        return builder.ToAnnotations();
    }

    /// <summary>Whether the key values are keys themselves, as MapValueToKey of a key column makes them.</summary>
    private static bool AreKeys(DataViewSchema.Column column) =>
        column.Annotations.Schema[Kind].Type is VectorDataViewType { ItemType: KeyDataViewType };

    /// <summary>The number that a key was given as; empty for a missing one.</summary>
    private static string KeyText<T>(T key) =>
        Convert.ToUInt64(key, CultureInfo.InvariantCulture) is > 0 and var raw ? (raw - 1).ToString(CultureInfo.InvariantCulture) : "";

    private sealed class Texts(DataViewSchema.Column column) : IIdVisitor<string[]>
    {
        public string[] Visit<T>(IdFormat<T> format)
        {
            VBuffer<T> values = default;
            column.GetKeyValues(ref values);
            string[] texts = new string[KeyColumns.KeyCount(column)];
            // Keys beyond the values have none.
            Array.Fill(texts, "");
            int index = 0;
            bool areKeys = AreKeys(column);
            foreach (T value in values.DenseValues().Take(texts.Length))
                texts[index++] = areKeys ? KeyText(value) : format.ToText(value);
            return texts;
        }
    }

    private sealed class Difference(DataViewSchema.Column column, Vocabulary keys) : IIdVisitor<int>
    {
        public int Visit<T>(IdFormat<T> format)
        {
            VBuffer<T> values = default;
            column.GetKeyValues(ref values);
            bool areKeys = AreKeys(column), areAsMany = KeyColumns.KeyCount(column) == keys.Count;
            int index = 0;
            foreach (T value in values.DenseValues().Take(Math.Min(keys.Count, KeyColumns.KeyCount(column))))
            {
                // Text is compared where it lies.
                ReadOnlySpan<char> text = value is ReadOnlyMemory<char> memory ? memory.Span : areKeys ? KeyText(value) : format.ToText(value);
                ReadOnlySpan<char> own = keys.HasId(index) ? keys[index] : "";
                // Among as many hashes, one has a value where it has been met.
                if (!text.SequenceEqual(own) && !(areAsMany && (text.IsEmpty || own.IsEmpty)))
                    return index;
                index++;
            }
            return -1;
        }
    }
}
