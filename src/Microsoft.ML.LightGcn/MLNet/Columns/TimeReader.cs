using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>
/// Reads a time column of any type as integers in the same order, so that no type loses precision: a double would merge
/// neighbouring nanoseconds.
/// </summary>
internal static class TimeReader
{
    /// <summary>The types that <see cref="OpenerFor"/> accepts, for messages.</summary>
    public const string ExpectedTypes = "a scalar number, DateTime or DateTimeOffset";

    /// <summary>Makes a getter of the current row's time; it gives null for NaN.</summary>
    public delegate Func<long?> Opener(DataViewRow row, DataViewSchema.Column column);

    /// <summary>How a column of a type is read; null when it is not a time.</summary>
    public static Opener? OpenerFor(DataViewType type) => type switch
    {
        DateTimeDataViewType => Times<DateTime>(time => time.Ticks),
        DateTimeOffsetDataViewType => Times<DateTimeOffset>(time => time.UtcTicks),
        NumberDataViewType => NumberTypes.Visit(type.RawType, new NumberOpener()),
        _ => null,
    };

    private static Opener Times<T>(Func<T, long?> order) where T : struct => (row, column) =>
    {
        ValueGetter<T> get = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            get(ref value);
            return order(value);
        };
    };

    private sealed class NumberOpener : INumberVisitor<Opener>
    {
        public Opener Visit<T>()
            where T : unmanaged, INumber<T> => Times<T>(
            typeof(T) == typeof(float) || typeof(T) == typeof(double) ? time => Order(double.CreateTruncating(time))
            // Moves 0 to the smallest long.
            : typeof(T) == typeof(ulong) ? time => unchecked((long)(ulong.CreateTruncating(time) ^ 1UL << 63))
            : time => long.CreateTruncating(time));
    }

    /// <summary>The bits of a double, so that greater doubles are greater integers; null for NaN.</summary>
    private static long? Order(double time)
    {
        if (double.IsNaN(time))
            return null;
        // Adding 0 makes -0 equal to 0. Negative doubles grow in magnitude with their bits: all but the sign turn round.
        long bits = BitConverter.DoubleToInt64Bits(time + 0.0);
        return bits < 0 ? bits ^ long.MaxValue : bits;
    }
}
