using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class BinarySplitTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("int")]
    [InlineData("text")]
    [InlineData("key")]
    public void A_saved_split_comes_back_with_its_key_values(string kind)
    {
        using Interactions.Folder folder = new();
        IDataView data = Interactions.As(_ml, Interactions.Load(_ml, Interactions.Random(500, 40, 30, seed: 1)), kind);
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(data, seed: 1);
        _ml.Data.SaveInteractionSplit(split, folder.File("made for it"));
        Assert.Equal(["split.sha256", "test.idv", "train.idv", "validation.idv"], Directory.GetFiles(folder.File("made for it")).Select(Path.GetFileName).Order());

        InteractionSplit loaded = new MLContext(2).Data.LoadInteractionSplit(folder.File("made for it"));
        foreach ((IDataView expected, IDataView found) in (ReadOnlySpan<(IDataView, IDataView)>)
            [(split.Train, loaded.Train), (split.Validation, loaded.Validation), (split.Test, loaded.Test)])
        {
            Assert.Equal(expected.Schema.Where(c => !c.IsHidden).Select(c => (c.Name, c.Type)), found.Schema.Select(c => (c.Name, c.Type)));
            Assert.Equal(Interactions.Rows(expected), Interactions.Rows(found));
            if (kind != "key")
                continue;
            Assert.Equal(Interactions.Column<uint>(expected, "User"), Interactions.Column<uint>(found, "User"));
            Assert.Equal(Interactions.Column<uint>(expected, "Item"), Interactions.Column<uint>(found, "Item"));
            Assert.Equal(KeyValues(data, "User"), KeyValues(found, "User"));
            Assert.Equal(KeyValues(data, "Item"), KeyValues(found, "Item"));
        }
    }

    [Fact]
    public void Parts_without_rows_come_back()
    {
        using Interactions.Folder folder = new();
        _ml.Data.SaveInteractionSplit(_ml.Data.RatioSplit(Interactions.Load(_ml, (1, 1), (1, 2)), validationFraction: 0, testFraction: 0), folder.Path);
        InteractionSplit loaded = _ml.Data.LoadInteractionSplit(folder.Path);
        Assert.Equal([0, 1], Interactions.Rows(loaded.Train));
        Assert.Empty(Interactions.Rows(loaded.Validation));
        Assert.Empty(Interactions.Rows(loaded.Test));
    }

    [Fact]
    public void A_file_of_checksums_that_is_too_long_to_be_one_is_refused_unread()
    {
        using Interactions.Folder folder = new();
        _ml.Data.SaveInteractionSplit(_ml.Data.LeaveOneOutSplit(Interactions.Load(_ml, Interactions.Random(200, 20, 30, seed: 1))), folder.Path);
        using (FileStream file = new(folder.File("split.sha256"), FileMode.Open))
            file.SetLength(256 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplit(folder.Path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Contains($"{folder.File("split.sha256")}: expected the SHA-256 of three files", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_leaves_the_files_that_were_there()
    {
        using Interactions.Folder folder = new();
        WatchedView source = new(Interactions.Load(_ml, Interactions.Random(200, 20, 30, seed: 1)));
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(source);
        _ml.Data.SaveInteractionSplit(split, folder.Path);
        string[] names = folder.Names;
        byte[][] before = [.. names.Select(n => File.ReadAllBytes(folder.File(n)))];
        source.Fails = true;
        Assert.ThrowsAny<Exception>(() => _ml.Data.SaveInteractionSplit(split, folder.Path));
        source.Fails = false;
        // A part that fails after another was written.
        InteractionSplit failing = split with { Train = split.Validation, Test = new WatchedView(split.Test) { Fails = true } };
        Assert.ThrowsAny<Exception>(() => _ml.Data.SaveInteractionSplit(failing, folder.Path));
        Assert.Equal(names, folder.Names);
        Assert.Equal(before, names.Select(n => File.ReadAllBytes(folder.File(n))));
    }

    [Fact]
    public void A_split_can_be_saved_over_itself()
    {
        using Interactions.Folder folder = new();
        IDataView data = Interactions.Load(_ml, Interactions.Random(500, 40, 30, seed: 1));
        _ml.Data.SaveInteractionSplit(_ml.Data.LeaveOneOutSplit(data), folder.Path);
        InteractionSplit loaded = _ml.Data.LoadInteractionSplit(folder.Path);
        int[] rows = Interactions.Rows(loaded.Train);
        try
        {
            _ml.Data.SaveInteractionSplit(loaded, folder.Path);
        }
        catch (IOException)
        {
            // Windows does not replace a file that is open: then the files that were there must still be.
        }
        Assert.Equal(rows, Interactions.Rows(_ml.Data.LoadInteractionSplit(folder.Path).Train));
        Assert.Equal(4, folder.Names.Length);
    }

    [Fact]
    public void Parts_of_different_columns_are_refused()
    {
        using Interactions.Folder folder = new();
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(Interactions.Load(_ml, (1, 1), (1, 2), (1, 3)));
        string message = Assert.Throws<ArgumentException>(() => _ml.Data.SaveInteractionSplit(
            split with { Test = Interactions.As(_ml, split.Test, "text") }, folder.Path)).Message;
        Assert.Contains("Column 0 of the test part is 'User' (String): expected 'User' (Int32) as in the train part", message, StringComparison.Ordinal);
        message = Assert.Throws<ArgumentException>(() => _ml.Data.SaveInteractionSplit(
            split with { Test = _ml.Transforms.DropColumns("Row").Fit(split.Test).Transform(split.Test) }, folder.Path)).Message;
        Assert.Contains("The test part has 2 columns, the train part 3", message, StringComparison.Ordinal);
        IDataView renamed = _ml.Data.LoadFromEnumerable([new Renamed()]);
        message = Assert.Throws<ArgumentException>(() => _ml.Data.SaveInteractionSplit(split with { Validation = renamed }, folder.Path)).Message;
        Assert.Contains("Column 1 of the validation part is 'Book' (Int32): expected 'Item' (Int32)", message, StringComparison.Ordinal);

        _ml.Data.SaveInteractionSplit(split, folder.Path);
        using (FileStream stream = File.Create(folder.File("test.idv")))
            _ml.Data.SaveAsBinary(renamed, stream);
        message = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplit(folder.Path)).Message;
        Assert.Contains("test.idv: expected the SHA-256 that split.sha256 has for it", message, StringComparison.Ordinal);
        File.Delete(folder.File("split.sha256"));
        message = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplit(folder.Path)).Message;
        Assert.Contains("test part", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using Interactions.Folder folder = new();
        _ml.Data.SaveInteractionSplit(_ml.Data.LeaveOneOutSplit(Interactions.Load(_ml, (1, 1))), folder.Path);
        File.Delete(folder.File("validation.idv"));
        Assert.Contains("validation.idv", Assert.Throws<FileNotFoundException>(() => _ml.Data.LoadInteractionSplit(folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("validation.idv"), "not an idv file");
        Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplit(folder.Path));
        File.Delete(folder.File("split.sha256"));
        Assert.Throws<FormatException>(() => _ml.Data.LoadInteractionSplit(folder.Path));
    }

    private static int[] KeyValues(IDataView view, string column)
    {
        VBuffer<int> values = default;
        view.Schema[column].GetKeyValues(ref values);
        return [.. values.DenseValues()];
    }

    private sealed class Renamed
    {
        public int User { get; set; }

        public int Book { get; set; }

        public int Row { get; set; }
    }
}
