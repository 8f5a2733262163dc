using System.Numerics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Does something with a number type.</summary>
internal interface INumberVisitor<out TResult>
{
    TResult Visit<T>()
        where T : unmanaged, INumber<T>;
}

/// <summary>The one table of the number types that a column may have.</summary>
internal static class NumberTypes
{
    /// <summary>Visits a number type; null for a type that is none.</summary>
    public static TResult? Visit<TResult>(Type type, INumberVisitor<TResult> visitor)
        where TResult : class =>
        type == typeof(sbyte) ? visitor.Visit<sbyte>()
        : type == typeof(byte) ? visitor.Visit<byte>()
        : type == typeof(short) ? visitor.Visit<short>()
        : type == typeof(ushort) ? visitor.Visit<ushort>()
        : type == typeof(int) ? visitor.Visit<int>()
        : type == typeof(uint) ? visitor.Visit<uint>()
        : type == typeof(long) ? visitor.Visit<long>()
        : type == typeof(ulong) ? visitor.Visit<ulong>()
        : type == typeof(float) ? visitor.Visit<float>()
        : type == typeof(double) ? visitor.Visit<double>()
        : null;
}
