using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>ML.NET's types of the values that MapValueToKey makes keys of.</summary>
internal static class IdTypes
{
    /// <summary>All of them, the commonest first.</summary>
    public static PrimitiveDataViewType[] All { get; } =
    [
        TextDataViewType.Instance, NumberDataViewType.Int32, NumberDataViewType.Int64, NumberDataViewType.UInt32, NumberDataViewType.UInt64,
        NumberDataViewType.Single, NumberDataViewType.Double, NumberDataViewType.Int16, NumberDataViewType.UInt16, NumberDataViewType.Byte,
        NumberDataViewType.SByte, BooleanDataViewType.Instance, DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance,
        TimeSpanDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    /// <summary>The type of values of a .NET type.</summary>
    public static PrimitiveDataViewType Of<T>() => Array.Find(All, type => type.RawType == typeof(T))!;
}
