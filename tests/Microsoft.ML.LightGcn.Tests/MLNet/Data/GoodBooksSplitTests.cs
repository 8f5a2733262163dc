using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

/// <summary>The published protocol on the real GoodBooks-10k, whose counts were computed independently.</summary>
public sealed class GoodBooksSplitTests
{
    [Fact]
    public void Counts_are_those_of_the_protocol()
    {
        string? folder = Datasets.Find("goodbooks-10k");
        Assert.SkipWhen(folder is null, Datasets.Missing("goodbooks-10k"));
        List<Interactions.Interaction> rows = [];
        Read(Path.Combine(folder!, "ratings.csv.gz"), minimumRating: 4, rows);
        Read(Path.Combine(folder!, "to_read.csv.gz"), minimumRating: null, rows);
        MLContext ml = new(1);
        IDataView data = ml.Data.Cache(ml.Data.LoadFromEnumerable(rows));

        IDataView distinct = ml.Data.DropDuplicateInteractions(data);
        IDataView filtered = ml.Data.FilterByMinimumCount(distinct);
        int[] users = Interactions.Column<int>(filtered, "User"), items = Interactions.Column<int>(filtered, "Item");
        Assert.Equal(1_561_338, distinct.GetRowCount());
        Assert.Equal(1_551_430, filtered.GetRowCount());
        Assert.Equal(49_678, users.Distinct().Count());
        Assert.Equal(9_999, items.Distinct().Count());

        Stopwatch watch = Stopwatch.StartNew();
        InteractionSplit split = ml.Data.LeaveOneOutSplit(filtered, seed: 42);
        using (split.Train.GetRowCursor([]))
            watch.Stop();
        TestContext.Current.SendDiagnosticMessage(
            "Leave-one-out of {0:N0} rows: {1:N0} ms, {2:N0} rows a second", users.Length, watch.ElapsedMilliseconds, users.Length / watch.Elapsed.TotalSeconds);
        var parts = Interactions.Rows(split);
        Assert.Equal(1_452_074, parts.Train.Length);
        Assert.Equal(49_678, parts.Validation.Length);
        Assert.Equal(49_678, parts.Test.Length);

        using Interactions.Folder saved = new();
        InteractionSplit keys = ml.Data.LeaveOneOutSplit(Interactions.As(ml, filtered, "key by value"), seed: 42);
        Assert.Equal(parts.Test, Interactions.Rows(keys.Test));
        ml.Data.SaveInteractionSplitAsNumPy(keys, saved.Path);
        InteractionSplit loaded = ml.Data.LoadInteractionSplitFromNumPy(saved.Path);
        Assert.Equal(new KeyDataViewType(typeof(uint), 49_678), loaded.Train.Schema["User"].Type);
        Assert.Equal(new KeyDataViewType(typeof(uint), 9_999), loaded.Train.Schema["Item"].Type);
        Assert.Equal(Interactions.Column<uint>(keys.Train, "Item"), Interactions.Column<uint>(loaded.Train, "Item"));
    }

    /// <summary>Adds the rows of a file whose columns may stand in any order; all of them without a minimum rating.</summary>
    private static void Read(string path, int? minimumRating, List<Interactions.Interaction> rows)
    {
        using StreamReader reader = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        string[] header = reader.ReadLine()!.Split(',');
        int user = header.IndexOf("user_id"), item = header.IndexOf("book_id"), rating = header.IndexOf("rating");
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(',');
            if (minimumRating is null || Number(fields[rating]) >= minimumRating)
                rows.Add(new() { User = Number(fields[user]), Item = Number(fields[item]), Row = rows.Count });
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
