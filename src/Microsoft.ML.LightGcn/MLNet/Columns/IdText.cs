using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>Ids as text, the same text for the same value whatever its type: how keys of one table are found in another.</summary>
internal static class IdText
{
    private static readonly Dictionary<Type, Reader> Readers = new Reader[]
    {
        new Reader<ReadOnlyMemory<char>>(value => value),
        new Reader<bool>(value => (value ? "True" : "False").AsMemory()),
        Format<sbyte>(null),
        Format<byte>(null),
        Format<short>(null),
        Format<ushort>(null),
        Format<int>(null),
        Format<uint>(null),
        Format<long>(null),
        Format<ulong>(null),
        Format<float>(null),
        Format<double>(null),
        Format<DateTime>("O"),
        Format<DateTimeOffset>("O"),
        Format<TimeSpan>(null),
    }.ToDictionary(reader => reader.Type);

    /// <summary>The key values of a key column as text; null when it has none that are ids.</summary>
    public static Func<ReadOnlyMemory<char>[]>? KeyValuesOf(DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(KeyVocabulary.KeyValuesKind)?.Type is VectorDataViewType { ItemType: PrimitiveDataViewType itemType } && Readers.TryGetValue(itemType.RawType, out Reader? reader)
            ? () => reader.KeyValues(column)
            : null;

    /// <summary>A getter of the current row's value as text, in memory that stays; null for a type that has no text, and for keys.</summary>
    public static Func<ReadOnlyMemory<char>>? Open(DataViewRow row, DataViewSchema.Column column) =>
        column.Type is PrimitiveDataViewType and not KeyDataViewType && Readers.TryGetValue(column.Type.RawType, out Reader? reader) ? reader.Open(row, column) : null;

    private static Reader<T> Format<T>(string? format)
        where T : IFormattable => new(value => value.ToString(format, CultureInfo.InvariantCulture).AsMemory());

    private abstract class Reader(Type type)
    {
        public Type Type { get; } = type;

        public abstract ReadOnlyMemory<char>[] KeyValues(DataViewSchema.Column column);

        public abstract Func<ReadOnlyMemory<char>> Open(DataViewRow row, DataViewSchema.Column column);
    }

    private sealed class Reader<T>(Func<T, ReadOnlyMemory<char>> toText) : Reader(typeof(T))
    {
        public override ReadOnlyMemory<char>[] KeyValues(DataViewSchema.Column column)
        {
            VBuffer<T> values = default;
            column.GetKeyValues(ref values);
            return [.. values.DenseValues().Select(toText)];
        }

        public override Func<ReadOnlyMemory<char>> Open(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<T> get = row.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                get(ref value);
                return toText(value).ToString().AsMemory();
            };
        }
    }
}
