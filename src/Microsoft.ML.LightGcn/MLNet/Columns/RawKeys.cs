using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>Reads a key column of any raw type.</summary>
internal static class RawKeys
{
    /// <summary>A getter of the current row's raw key, 0 for a missing one; null for a column that has no keys.</summary>
    public static Func<ulong>? Open(DataViewRow row, DataViewSchema.Column column) =>
        column.Type is not KeyDataViewType ? null
        : column.Type.RawType == typeof(byte) ? Keys<byte>(row, column)
        : column.Type.RawType == typeof(ushort) ? Keys<ushort>(row, column)
        : column.Type.RawType == typeof(uint) ? Keys<uint>(row, column)
        : Keys<ulong>(row, column);

    private static Func<ulong> Keys<T>(DataViewRow row, DataViewSchema.Column column)
        where T : unmanaged, IBinaryInteger<T>
    {
        ValueGetter<T> get = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            get(ref value);
            return ulong.CreateTruncating(value);
        };
    }
}
