using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

/// <summary>Small interaction data for tests; the column Row tells which rows a view has.</summary>
internal static class Interactions
{
    public static IDataView Load(MLContext ml, params IEnumerable<(int User, int Item)> pairs) =>
        ml.Data.LoadFromEnumerable(pairs.Select((p, row) => new Interaction { User = p.User, Item = p.Item, Row = row }).ToArray());

    /// <summary>The same rows with text, or with keys, for users and items.</summary>
    public static IDataView As(MLContext ml, IDataView data, string kind)
    {
        TypeConvertingEstimator text = ml.Transforms.Conversion.ConvertType(
            [new InputOutputColumnPair("User"), new InputOutputColumnPair("Item")], DataKind.String);
        ValueToKeyMappingEstimator.KeyOrdinality order = kind == "key by value"
            ? ValueToKeyMappingEstimator.KeyOrdinality.ByValue
            : ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence;
        ValueToKeyMappingEstimator keys = ml.Transforms.Conversion.MapValueToKey(
            [new InputOutputColumnPair("User"), new InputOutputColumnPair("Item")], keyOrdinality: order);
        return kind switch
        {
            "int" => data,
            "text" => text.Fit(data).Transform(data),
            _ => keys.Fit(data).Transform(data),
        };
    }

    /// <summary>Long-tailed random pairs with duplicates.</summary>
    public static (int User, int Item)[] Random(int count, int users, int items, int seed)
    {
        Random random = new(seed);
        (int, int)[] pairs = new (int, int)[count];
        for (int p = 0; p < count; p++)
            pairs[p] = ((int)(users * Math.Pow(random.NextDouble(), 3)) * 7 - 3, (int)(items * Math.Pow(random.NextDouble(), 2)));
        return pairs;
    }

    public static int[] Rows(IDataView view) => Column<int>(view, "Row");

    public static T[] Column<T>(IDataView view, string name)
    {
        List<T> values = [];
        DataViewSchema.Column column = view.Schema[name];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<T> get = cursor.GetGetter<T>(column);
        T value = default!;
        while (cursor.MoveNext())
        {
            Assert.Equal(values.Count, cursor.Position);
            get(ref value);
            values.Add(value);
        }
        Assert.Equal(-1, cursor.Position);
        Assert.False(cursor.MoveNext());
        return [.. values];
    }

    public static (int[] Train, int[] Validation, int[] Test) Rows(InteractionSplit split) =>
        (Rows(split.Train), Rows(split.Validation), Rows(split.Test));

    /// <summary>The parts hold every row once, each in row order.</summary>
    public static void AssertPartition((int[] Train, int[] Validation, int[] Test) parts, int count)
    {
        Assert.Equal(Enumerable.Range(0, count), parts.Train.Concat(parts.Validation).Concat(parts.Test).Order());
        foreach (int[] part in (int[][])[parts.Train, parts.Validation, parts.Test])
            Assert.Equal(part.Order(), part);
    }

    internal sealed class Interaction
    {
        public int User { get; set; }

        public int Item { get; set; }

        public int Row { get; set; }
    }

    /// <summary>An empty folder that goes away with the test.</summary>
    internal sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("lightgcn-test-").FullName;

        public string File(string name) => System.IO.Path.Combine(Path, name);

        public string[] Names => [.. Directory.GetFiles(Path).Select(f => System.IO.Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

        public void Dispose()
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
                // A view that reads a file of the folder keeps it open; some systems do not delete it then.
            }
        }
    }
}
