using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

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
        DataViewSchema.Column column = KeyColumns.Find(context, schema, name, role);
        return new IdColumn(
            column,
            IdReader.OpenerFor(column.Type)
                ?? throw KeyColumns.Mismatch(context, role, name, IdReader.ExpectedTypes, $"{column.Type}. Give one {role} in each row."));
    }

    public static TimeColumn FindTime(IExceptionContext context, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = KeyColumns.Find(context, schema, name, "time");
        return new TimeColumn(
            column,
            TimeReader.OpenerFor(column.Type)
                ?? throw KeyColumns.Mismatch(context, "time", name, TimeReader.ExpectedTypes,
                    $"{column.Type}. Convert it: ml.Transforms.Conversion.ConvertType(\"{name}\", outputKind: DataKind.DateTime)."));
    }
}
