using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Data;

/// <summary>A split as three files of ML.NET's binary format.</summary>
internal static class BinarySplit
{
    private const string TrainFile = "train.idv", ValidationFile = "validation.idv", TestFile = "test.idv";

    public static void Save(DataOperationsCatalog catalog, IExceptionContext context, InteractionSplit split, string folder)
    {
        CheckSchemas(split, message => context.Process(new ArgumentException(message, nameof(split))));
        using FileSet files = new(folder);
        files.Write(TrainFile, stream => catalog.SaveAsBinary(split.Train, stream));
        files.Write(ValidationFile, stream => catalog.SaveAsBinary(split.Validation, stream));
        files.Write(TestFile, stream => catalog.SaveAsBinary(split.Test, stream));
        files.Commit();
    }

    public static InteractionSplit Load(DataOperationsCatalog catalog, IExceptionContext context, string folder)
    {
        InteractionSplit split = new(Load(TrainFile), Load(ValidationFile), Load(TestFile));
        CheckSchemas(split, message => context.Process(new InvalidDataException($"{folder}: {message}")));
        return split;

        IDataView Load(string name)
        {
            string path = Path.Combine(folder, name);
            return File.Exists(path)
                ? catalog.LoadFromBinary(path)
                : throw context.Process(new FileNotFoundException($"Could not find '{name}' of a saved split in '{folder}'.", path));
        }
    }

    private static void CheckSchemas(InteractionSplit split, Func<string, Exception> error)
    {
        DataViewSchema.Column[] expected = Visible(split.Train);
        Check("validation", Visible(split.Validation));
        Check("test", Visible(split.Test));

        void Check(string part, DataViewSchema.Column[] found)
        {
            if (found.Length != expected.Length)
                throw error($"The {part} part has {found.Length} columns, the train part {expected.Length}: expected the same columns in all parts.");
            for (int c = 0; c < found.Length; c++)
            {
                (DataViewSchema.Column a, DataViewSchema.Column b) = (expected[c], found[c]);
                if (a.Name != b.Name || !a.Type.Equals(b.Type))
                    throw error($"Column {c} of the {part} part is '{b.Name}' ({b.Type}): expected '{a.Name}' ({a.Type}) as in the train part.");
            }
        }

        // Hidden columns are not written.
        static DataViewSchema.Column[] Visible(IDataView view) => [.. view.Schema.Where(column => !column.IsHidden)];
    }
}
