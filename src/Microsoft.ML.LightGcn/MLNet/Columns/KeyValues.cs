using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>The key values of a key column: what its keys stand for.</summary>
internal static class KeyValues
{
    /// <summary>The annotation that holds the values.</summary>
    public const string Kind = "KeyValues";

    /// <summary>The vocabulary of a key column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="role">What its ids are of: "user" or "item".</param>
    public static Vocabulary Read(DataViewSchema.Column column, string role)
    {
        IdFormat? format = FormatOf(column);
        return new Vocabulary(role, KeyColumns.KeyCount(column), format, () => format is null ? null : TextOf(column, format));
    }

    /// <summary>The type of the key values; null when a column has none that are ids.</summary>
    public static IdFormat? FormatOf(DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(Kind)?.Type is VectorDataViewType { ItemType: PrimitiveDataViewType itemType }
            ? IdFormat.Of(itemType.RawType)
            : null;

    /// <summary>The key values as text, from key 1 on.</summary>
    public static string[] TextOf(DataViewSchema.Column column, IdFormat format) => format switch
    {
        IdFormat<ReadOnlyMemory<char>> text => Values(column, text),
        IdFormat<bool> booleans => Values(column, booleans),
        IdFormat<DateTime> times => Values(column, times),
        IdFormat<DateTimeOffset> times => Values(column, times),
        IdFormat<TimeSpan> spans => Values(column, spans),
        _ => NumberTypes.Visit(format.Type, new NumberValues(column, format))!,
    };

    /// <summary>The annotation that gives keys the ids of a vocabulary, as text; none where it has no key values.</summary>
    public static DataViewSchema.Annotations? AnnotationOf(Vocabulary vocabulary)
    {
        if (vocabulary.Names is not { } names)
            return null;
        DataViewSchema.Annotations.Builder builder = new();
        builder.Add(Kind, new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> values) =>
            values = new VBuffer<ReadOnlyMemory<char>>(names.Length, Array.ConvertAll(names, name => name.AsMemory())));
        return builder.ToAnnotations();
    }

    private static string[] Values<T>(DataViewSchema.Column column, IdFormat<T> format)
    {
        VBuffer<T> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(format.ToText)];
    }

    private sealed class NumberValues(DataViewSchema.Column column, IdFormat format) : INumberVisitor<string[]>
    {
        public string[] Visit<T>()
            where T : unmanaged, INumber<T> => Values(column, (IdFormat<T>)format);
    }
}
