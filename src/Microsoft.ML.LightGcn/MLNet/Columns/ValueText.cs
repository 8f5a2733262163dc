using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>Reads the values of a column as text.</summary>
internal static class ValueText
{
    /// <summary>A getter of the current row's value as text; null for a type that is no id, and for keys.</summary>
    public static Func<string>? Open(DataViewRow row, DataViewSchema.Column column) =>
        column.Type is not PrimitiveDataViewType or KeyDataViewType ? null : IdFormat.Of(column.Type.RawType)?.Accept(new Getter(row, column));

    private sealed class Getter(DataViewRow row, DataViewSchema.Column column) : IIdVisitor<Func<string>>
    {
        public Func<string> Visit<T>(IdFormat<T> format)
        {
            ValueGetter<T> get = row.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                get(ref value);
                return format.ToText(value);
            };
        }
    }
}
