using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>The columns that every user-item model reads and adds: two keys of known cardinality in, a Score out.</summary>
internal static class KeyColumns
{
    public const string ScoreColumnName = "Score";

    /// <summary>A column of any type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing; worded as ML.NET words it.</exception>
    public static DataViewSchema.Column Find(IExceptionContext context, DataViewSchema schema, string name, string role)
    {
        ArgumentNullException.ThrowIfNull(name, $"{role}ColumnName");
        return schema.GetColumnOrNull(name)
            ?? throw context.Process(new ArgumentOutOfRangeException(nameof(schema), $"Could not find {role} column '{name}' {Among(schema)}"));
    }

    /// <summary>The columns that there are, for the error of one that is not.</summary>
    public static string Among(DataViewSchema schema)
    {
        const int Most = 20;
        string[] names = [.. schema.Where(column => !column.IsHidden).Select(column => $"'{column.Name}'")];
        string more = names.Length > Most ? $" and {names.Length - Most} more" : "";
        return names.Length == 0 ? "among no columns" : $"among {string.Join(", ", names.Take(Most))}{more}";
    }

    /// <summary>How to make a number of a column of another type.</summary>
    public static string MendNumber(string name) => $"Convert it: ml.Transforms.Conversion.ConvertType(\"{name}\", outputKind: DataKind.Single).";

    /// <summary>A column that must be a key whose indices, key value - 1, fit an int.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type; worded as ML.NET words it.</exception>
    public static DataViewSchema.Column KeyColumn(IExceptionContext context, DataViewSchema schema, string name, string role)
    {
        DataViewSchema.Column column = Find(context, schema, name, role);
        return column.Type is KeyDataViewType { Count: <= int.MaxValue } && column.Type.RawType == typeof(uint)
            ? column
            : throw Mismatch(
                context,
                role,
                name,
                string.Create(CultureInfo.InvariantCulture, $"Key<UInt32> of at most {int.MaxValue:N0} keys"),
                $"{column.Type}. {MendKey(column)}");
    }

    private static string MendKey(DataViewSchema.Column column) => column.Type switch
    {
        KeyDataViewType { Count: > int.MaxValue } => $"Hash to fewer bits: ml.Transforms.Conversion.Hash(\"{column.Name}\", \"...\", numberOfBits: 30).",
        KeyDataViewType => $"Convert it: ml.Transforms.Conversion.ConvertType(\"{column.Name}\", outputKind: DataKind.UInt32).",
        VectorDataViewType => "Give one user and one item in each row.",
        _ => $"Make keys of it: ml.Transforms.Conversion.MapValueToKey(\"{column.Name}\").",
    };

    /// <summary>The cardinality of a column that <see cref="KeyColumn"/> has let through.</summary>
    public static int KeyCount(DataViewSchema.Column column) => (int)((KeyDataViewType)column.Type).Count;

    /// <summary>Checks that a column has as many keys as a model has users or items.</summary>
    public static void CheckCount(IExceptionContext context, DataViewSchema.Column column, string role, int count)
    {
        if (KeyCount(column) != count)
            throw Mismatch(context, role, column.Name, new KeyDataViewType(typeof(uint), count).ToString()!, column.Type.ToString());
    }

    /// <summary>The schema that a trainer promises before it has seen data.</summary>
    public static SchemaShape Promise(IExceptionContext context, SchemaShape input, string userColumnName, string itemColumnName)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckKeyShape(context, input, userColumnName, "user");
        CheckKeyShape(context, input, itemColumnName, "item");
        return new SchemaShape(input.Where(column => column.Name != ScoreColumnName).Append(ScoreShape()));
    }

    public static ArgumentOutOfRangeException Mismatch(
        IExceptionContext context, string role, string name, string expected, string? found, string parameter = "schema") =>
        context.Process(new ArgumentOutOfRangeException(parameter, $"Schema mismatch for {role} column '{name}': expected {expected}, got {found}"));

    /// <summary>Checks that a promised column is a key.</summary>
    public static void CheckKeyShape(IExceptionContext context, SchemaShape shape, string name, string role)
    {
        SchemaShape.Column column = shape.FirstOrDefault(candidate => candidate.Name == name);
        if (column.Name is null)
            throw context.Process(new ArgumentOutOfRangeException(
                nameof(shape), $"Could not find {role} column '{name}' among {string.Join(", ", shape.Select(candidate => $"'{candidate.Name}'"))}"));
        if (!column.IsKey || column.Kind != SchemaShape.Column.VectorKind.Scalar || column.ItemType != NumberDataViewType.UInt32)
            throw Mismatch(
                context, role, name, "Key<UInt32>", $"{(column.IsKey ? "Key of " : "")}{column.Kind} {column.ItemType}. "
                + $"Make keys of it: ml.Transforms.Conversion.MapValueToKey(\"{name}\").");
    }

    /// <summary>A shape column cannot be made from outside ML.NET, so an estimator that emits one gives it.</summary>
    private static SchemaShape.Column ScoreShape()
    {
        IEstimator<ITransformer> emitter = new MLContext().Transforms.CustomMapping<NoColumns, ScoreColumn>((_, _) => { }, contractName: null);
        return emitter.GetOutputSchema(new SchemaShape([])).Single();
    }

    /// <summary>The shape of a data view's columns, which ML.NET tells to nobody but an estimator.</summary>
    public static SchemaShape ShapeOf(IDataView data)
    {
        ShapeProbe probe = new();
        new EstimatorChain<ITransformer>().Append(probe).Fit(data);
        return probe.Seen!;
    }

    private sealed class ShapeProbe : IEstimator<ITransformer>
    {
        public SchemaShape? Seen { get; private set; }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Seen = inputSchema;

        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();
    }

    private sealed class NoColumns;

    private sealed class ScoreColumn
    {
        public float Score { get; set; }
    }
}
