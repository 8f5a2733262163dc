using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>Reads the values of a column as text.</summary>
internal static class ValueText
{
    /// <summary>A getter of the current row's value as text; null for a type that is no id, and for keys.</summary>
    public static Func<string>? Open(DataViewRow row, DataViewSchema.Column column) =>
        column.Type is not PrimitiveDataViewType or KeyDataViewType ? null : IdFormat.Of(column.Type.RawType) switch
        {
            null => null,
            IdFormat<ReadOnlyMemory<char>> text => Open(row, column, text),
            IdFormat<bool> booleans => Open(row, column, booleans),
            IdFormat<DateTime> times => Open(row, column, times),
            IdFormat<DateTimeOffset> times => Open(row, column, times),
            IdFormat<TimeSpan> spans => Open(row, column, spans),
            IdFormat number => NumberTypes.Visit(number.Type, new Numbers(row, column, number)),
        };

    private static Func<string> Open<T>(DataViewRow row, DataViewSchema.Column column, IdFormat<T> format)
    {
        ValueGetter<T> get = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            get(ref value);
            return format.ToText(value);
        };
    }

    private sealed class Numbers(DataViewRow row, DataViewSchema.Column column, IdFormat format) : INumberVisitor<Func<string>>
    {
        public Func<string> Visit<T>()
            where T : unmanaged, INumber<T> => Open(row, column, (IdFormat<T>)format);
    }
}
