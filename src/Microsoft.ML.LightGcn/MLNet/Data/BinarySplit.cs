using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>
/// A split as three files of ML.NET's binary format, which has no check sums: a damaged file may well be read, as other rows. So
/// a fourth file has the SHA-256 of each, in the format of the tool sha256sum.
/// </summary>
internal static class BinarySplit
{
    private const string TrainFile = "train.idv", ValidationFile = "validation.idv", TestFile = "test.idv", ChecksumFile = "split.sha256";

    // Of three lines, and of what somebody may have added by hand.
    private const int LongestChecksums = 1 << 16;

    public static void Save(DataOperationsCatalog catalog, IExceptionContext context, InteractionSplit split, string folder)
    {
        CheckSchemas(split, message => context.Process(new ArgumentException(message, nameof(split))));
        foreach (IDataView part in new[] { split.Train, split.Validation, split.Test })
            WellFormedText.CheckAll(context, part);
        using FileSet files = new(folder);
        string checksums = "";
        Write(TrainFile, split.Train);
        Write(ValidationFile, split.Validation);
        Write(TestFile, split.Test);
        // Last, so that parts of two splits are never taken for one.
        files.Write(ChecksumFile, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(checksums)));
        files.Commit();

        void Write(string name, IDataView part) => files.Write(name, stream =>
        {
            catalog.SaveAsBinary(part, stream);
            checksums += Line(stream, name) + "\n";
        });
    }

    public static InteractionSplit Load(DataOperationsCatalog catalog, IExceptionContext context, string folder)
    {
        string checksums = Path.Combine(folder, ChecksumFile);
        // A folder that was put together by hand has none.
        string[]? lines = File.Exists(checksums) ? ReadLines(context, checksums) : null;
        InteractionSplit split = new(Load(TrainFile), Load(ValidationFile), Load(TestFile));
        CheckSchemas(split, message => context.Process(new InvalidDataException($"{folder}: {message}")));
        return split;

        IDataView Load(string name)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
                throw context.Process(new FileNotFoundException($"Could not find '{name}' of a saved split in '{folder}'.", path));
            if (lines is not null)
            {
                using FileStream stream = File.OpenRead(path);
                if (!lines.Contains(Line(stream, name)))
                    throw context.Process(new InvalidDataException(
                        $"{path}: expected the SHA-256 that {ChecksumFile} has for it, found another: the file is damaged or of another split."));
            }
            return catalog.LoadFromBinary(path);
        }
    }

    private static string[] ReadLines(IExceptionContext context, string path)
    {
        long length = new FileInfo(path).Length;
        return length <= LongestChecksums
            ? File.ReadAllLines(path)
            : throw context.Process(new InvalidDataException($"{path}: expected the SHA-256 of three files, found {length:N0} bytes of something else."));
    }

    private static string Line(FileStream stream, string name)
    {
        stream.Position = 0;
        return $"{Convert.ToHexStringLower(SHA256.HashData(stream))}  {name}";
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
