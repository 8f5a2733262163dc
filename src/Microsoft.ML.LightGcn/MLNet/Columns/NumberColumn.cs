using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>A column of positive numbers of any type: weights, counts or gains.</summary>
/// <param name="Column">The column.</param>
/// <param name="Label">What errors call it: "weight column 'Weight' of relation 'tags'", say.</param>
internal readonly record struct NumberColumn(DataViewSchema.Column Column, string Label)
{
    /// <summary>Finds the column.</summary>
    /// <param name="context">Whose errors they are.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="role">What the column has: "weight", "count" or "gain".</param>
    /// <param name="owner">What the column belongs to, for errors, where this is not the data itself: "relation 'tags'", say.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or not of numbers.</exception>
    public static NumberColumn Find(IExceptionContext context, DataViewSchema schema, string name, string role, string? owner = null)
    {
        string label = $"{role} column '{name}'{(owner is null ? "" : $" of {owner}")}";
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw context.Process(new ArgumentOutOfRangeException(nameof(schema), $"Could not find {label} {KeyColumns.Among(schema)}"));
        return column.Type is NumberDataViewType && NumberTypes.Visit(column.Type.RawType, new IsNumber()) is not null
            ? new NumberColumn(column, label)
            : throw context.Process(new ArgumentOutOfRangeException(
                nameof(schema), $"Schema mismatch for {label}: expected a scalar number, got {column.Type}. {KeyColumns.MendNumber(name)}"));
    }

    /// <summary>A getter of the current row's number.</summary>
    /// <exception cref="InvalidOperationException">Thrown by the getter: the number is not positive and finite, nor 0 where that is allowed.</exception>
    public Func<float> Open(IExceptionContext context, DataViewRow row, bool allowZero = false)
    {
        string label = Label;
        Func<double> get = NumberTypes.Visit(Column.Type.RawType, new Opener(row, Column))!;
        return () =>
        {
            double value = get();
            float number = (float)value;
            return float.IsFinite(number) && (number > 0 || (allowZero && value == 0))
                ? number
                : throw context.Process(new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                    $"{char.ToUpperInvariant(label[0])}{label[1..]} is {value} "
                    + $"in row {row.Position} (counted from 0): expected {(allowZero ? "0 or " : "")}a positive finite number in every row.")));
        };
    }

    private sealed class IsNumber : INumberVisitor<Type>
    {
        public Type Visit<T>()
            where T : unmanaged, INumber<T> => typeof(T);
    }

    private sealed class Opener(DataViewRow row, DataViewSchema.Column column) : INumberVisitor<Func<double>>
    {
        public Func<double> Visit<T>()
            where T : unmanaged, INumber<T>
        {
            ValueGetter<T> get = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                get(ref value);
                return double.CreateTruncating(value);
            };
        }
    }
}
