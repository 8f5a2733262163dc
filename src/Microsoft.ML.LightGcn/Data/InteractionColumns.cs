using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Data;

/// <summary>A user or item column and how it is read as ordinals.</summary>
internal readonly record struct IdColumn(DataViewSchema.Column Column, IdReader.Opener Opener)
{
    public IdReader Open(DataViewRow row) => Opener(row, Column);
}

/// <summary>A time column and how it is read.</summary>
internal readonly record struct TimeColumn(DataViewSchema.Column Column, TimeReader.Opener Opener)
{
    public Func<long?> Open(DataViewRow row) => Opener(row, Column);
}

/// <summary>Finds the columns of interaction data, with ML.NET's own wording when one is not there or of another type.</summary>
internal static class InteractionColumns
{
    public static IdColumn FindId(IExceptionContext context, DataViewSchema schema, string name, string role)
    {
        DataViewSchema.Column column = Find(context, schema, name, role);
        return new IdColumn(column, IdReader.OpenerFor(column.Type) ?? throw Mismatch(context, column, role, IdReader.ExpectedTypes));
    }

    public static TimeColumn FindTime(IExceptionContext context, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(context, schema, name, "time");
        return new TimeColumn(column, TimeReader.OpenerFor(column.Type) ?? throw Mismatch(context, column, "time", TimeReader.ExpectedTypes));
    }

    /// <summary>A key column whose indices, key value - 1, fit an int.</summary>
    public static DataViewSchema.Column FindKey(IExceptionContext context, DataViewSchema schema, string name, string role)
    {
        DataViewSchema.Column column = Find(context, schema, name, role);
        return column.Type is KeyDataViewType { Count: <= int.MaxValue } && column.Type.RawType == typeof(uint)
            ? column
            : throw Mismatch(context, column, role, $"Key<UInt32> of at most {int.MaxValue:N0} keys");
    }

    private static DataViewSchema.Column Find(IExceptionContext context, DataViewSchema schema, string name, string role)
    {
        ArgumentNullException.ThrowIfNull(name);
        return schema.GetColumnOrNull(name)
            ?? throw context.Process(new ArgumentOutOfRangeException(nameof(schema), $"Could not find {role} column '{name}'"));
    }

    private static ArgumentOutOfRangeException Mismatch(IExceptionContext context, DataViewSchema.Column column, string role, string expected) =>
        context.Process(new ArgumentOutOfRangeException(
            nameof(column), $"Schema mismatch for {role} column '{column.Name}': expected {expected}, got {column.Type}"));
}
