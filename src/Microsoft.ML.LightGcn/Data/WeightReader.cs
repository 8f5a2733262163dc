using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Data;

/// <summary>Reads a column of weights: numbers that are positive and finite, also in single precision.</summary>
internal static class WeightReader
{
    private static readonly Dictionary<Type, Func<DataViewRow, DataViewSchema.Column, Func<double>>> Openers = new()
    {
        [typeof(sbyte)] = Numbers<sbyte>(value => value),
        [typeof(byte)] = Numbers<byte>(value => value),
        [typeof(short)] = Numbers<short>(value => value),
        [typeof(ushort)] = Numbers<ushort>(value => value),
        [typeof(int)] = Numbers<int>(value => value),
        [typeof(uint)] = Numbers<uint>(value => value),
        [typeof(long)] = Numbers<long>(value => value),
        [typeof(ulong)] = Numbers<ulong>(value => value),
        [typeof(float)] = Numbers<float>(value => value),
        [typeof(double)] = Numbers<double>(value => value),
    };

    /// <summary>Finds the column.</summary>
    /// <param name="context">Whose errors they are.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="owner">What it belongs to, for errors: "relation 'tags'", say.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or not of numbers.</exception>
    public static DataViewSchema.Column Find(IExceptionContext context, DataViewSchema schema, string name, string owner)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw context.Process(new ArgumentOutOfRangeException(nameof(schema), $"Could not find weight column '{name}' of {owner}"));
        return column.Type is NumberDataViewType && Openers.ContainsKey(column.Type.RawType)
            ? column
            : throw context.Process(new ArgumentOutOfRangeException(nameof(schema), $"Schema mismatch for weight column '{name}' of {owner}: expected a scalar number, got {column.Type}"));
    }

    /// <summary>A getter of the current row's weight.</summary>
    /// <exception cref="ArgumentException">Thrown by the getter: the weight is not positive and finite.</exception>
    public static Func<float> Open(IExceptionContext context, DataViewRow row, DataViewSchema.Column column, string owner)
    {
        Func<double> get = Openers[column.Type.RawType](row, column);
        return () =>
        {
            double value = get();
            float weight = (float)value;
            return weight > 0 && float.IsFinite(weight)
                ? weight
                : throw context.Process(new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Weight column '{column.Name}' of {owner}, row {row.Position + 1}: expected a positive finite number, found {value}.")));
        };
    }

    private static Func<DataViewRow, DataViewSchema.Column, Func<double>> Numbers<T>(Func<T, double> toDouble) => (row, column) =>
    {
        ValueGetter<T> get = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            get(ref value);
            return toDouble(value);
        };
    };
}
