using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class NumPySplitTests
{
    private const string SplitFile = "splits_ui.npz", PopularItemsFile = "popular_items.npy";

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Entries_shapes_and_indices_are_those_of_the_notebook()
    {
        using Interactions.Folder folder = new();
        // Users 5, 3 have indices 0, 1; items 7, 8, 9, 6 have 0, 1, 2, 3.
        IDataView data = Interactions.As(_ml, Interactions.Load(_ml, (5, 7), (3, 8), (5, 9), (5, 8), (3, 7), (3, 9), (5, 6), (3, 6)), "key");
        _ml.Data.SaveInteractionSplitAsNumPy(_ml.Data.TemporalLeaveOneOutSplit(data), folder.Path);
        Assert.Equal([PopularItemsFile, SplitFile], folder.Names);

        using ZipArchive archive = ZipFile.OpenRead(folder.File(SplitFile));
        Assert.Equal(["train_ui.npy", "val_ui.npy", "test_ui.npy", "n_users.npy", "n_items.npy"], archive.Entries.Select(e => e.FullName));
        Check("train_ui", [4, 2], [0, 0, 1, 1, 0, 2, 1, 0]);
        Check("val_ui", [2, 2], [0, 1, 1, 2]);
        Check("test_ui", [2, 2], [0, 3, 1, 3]);
        Check("n_users", [], [2]);
        Check("n_items", [], [4]);
        // Item 0 has two train rows, 1 and 2 have one each, 3 has none.
        NpyArray popular = NpyFile.Read(File.ReadAllBytes(folder.File(PopularItemsFile)), "popular");
        Assert.Equal([3], popular.Shape);
        Assert.Equal([0, 1, 2], popular.Values);

        void Check(string name, int[] shape, int[] values)
        {
            using Stream stream = archive.GetEntry(name + ".npy")!.Open();
            MemoryStream bytes = new();
            stream.CopyTo(bytes);
            NpyArray array = NpyFile.Read(bytes.ToArray(), name);
            Assert.Equal(shape, array.Shape);
            Assert.Equal(values, array.Values);
        }
    }

    [Fact]
    public void A_saved_split_comes_back_as_keys_without_values()
    {
        using Interactions.Folder folder = new();
        IDataView data = Interactions.As(_ml, Interactions.Load(_ml, Interactions.Random(3000, 100, 70, seed: 1)), "key");
        InteractionSplit split = _ml.Data.RatioSplit(data, seed: 3);
        _ml.Data.SaveInteractionSplitAsNumPy(split, folder.Path, "User", "Item");
        InteractionSplit loaded = _ml.Data.LoadInteractionSplitFromNumPy(folder.Path);
        AssertEqual(split, loaded);
        Assert.Equal(["User", "Item"], loaded.Train.Schema.Select(c => c.Name));
        Assert.Equal(data.Schema["User"].Type, loaded.Train.Schema["User"].Type);
        Assert.Equal(data.Schema["Item"].Type, loaded.Test.Schema["Item"].Type);
        Assert.False(loaded.Train.Schema["User"].HasKeyValues());
        Assert.Equal(split.Train.GetRowCount(), loaded.Train.GetRowCount());

        // Popularity: by falling train count, then by index.
        int[] popular = NpyFile.Read(File.ReadAllBytes(folder.File(PopularItemsFile)), "popular").Values;
        Assert.Equal(
            Interactions.Column<uint>(split.Train, "Item").GroupBy(i => (int)i - 1).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).Select(g => g.Key),
            popular);

        // What was read can be written: the same bytes.
        byte[] bytes = File.ReadAllBytes(folder.File(SplitFile));
        _ml.Data.SaveInteractionSplitAsNumPy(loaded, folder.Path);
        Assert.Equal(bytes, File.ReadAllBytes(folder.File(SplitFile)));
        Assert.Equal(2, folder.Names.Length);
    }

    [Fact]
    public void A_loaded_view_behaves_as_ML_NET_expects()
    {
        using Interactions.Folder folder = new();
        WriteArchive(folder, []);
        IDataView train = _ml.Data.LoadInteractionSplitFromNumPy(folder.Path).Train;
        DataViewSchema.Column user = train.Schema["User"], item = train.Schema["Item"];
        using (DataViewRowCursor cursor = train.GetRowCursor([item]))
        {
            Assert.True(cursor.IsColumnActive(item));
            Assert.False(cursor.IsColumnActive(user));
            Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<uint>(user));
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(item));
            ValueGetter<uint> get = cursor.GetGetter<uint>(item);
            uint value = 0;
            Assert.Throws<InvalidOperationException>(() => get(ref value));
            ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
            DataViewRowId id = default;
            Assert.True(cursor.MoveNext() && cursor.MoveNext());
            get(ref value);
            getId(ref id);
            Assert.Equal(3u, value);
            Assert.Equal(new DataViewRowId(1, 0), id);
        }
        IDataView cached = _ml.Data.Cache(train);
        Assert.Equal([1u, 2u], Interactions.Column<uint>(cached, "User"));
        Assert.Equal([1u, 3u], Interactions.Column<uint>(cached, "Item"));
    }

    [Fact]
    public void Wrong_columns_and_missing_keys_are_errors_and_leave_no_file()
    {
        using Interactions.Folder folder = new();
        IDataView data = Interactions.Load(_ml, (1, 1), (1, 2), (1, 3));
        string message = Assert.Throws<ArgumentOutOfRangeException>(() =>
            _ml.Data.SaveInteractionSplitAsNumPy(_ml.Data.LeaveOneOutSplit(data), folder.Path)).Message;
        Assert.Contains("Schema mismatch for user column 'User': expected Key<UInt32> of at most 2,147,483,647 keys, got Int32", message, StringComparison.Ordinal);
        message = Assert.Throws<ArgumentOutOfRangeException>(() =>
            _ml.Data.SaveInteractionSplitAsNumPy(_ml.Data.LeaveOneOutSplit(data), folder.Path, itemColumnName: "Book", userColumnName: "Row")).Message;
        Assert.Contains("user column 'Row'", message, StringComparison.Ordinal);

        InteractionSplit keys = _ml.Data.LeaveOneOutSplit(Interactions.As(_ml, data, "key"));
        InteractionSplit others = _ml.Data.LeaveOneOutSplit(Interactions.As(_ml, Interactions.Load(_ml, (1, 1), (2, 2)), "key"));
        message = Assert.Throws<ArgumentException>(() => _ml.Data.SaveInteractionSplitAsNumPy(keys with { Test = others.Test }, folder.Path)).Message;
        Assert.Contains("The test part has 2 user and 2 item keys: expected 1 and 3", message, StringComparison.Ordinal);

        SchemaDefinition definition = SchemaDefinition.Create(typeof(KeyPair));
        definition["User"].ColumnType = definition["Item"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        IDataView missing = _ml.Data.LoadFromEnumerable([new KeyPair { User = 1, Item = 1 }, new KeyPair { User = 1, Item = 9 }], definition);
        message = Assert.Throws<InvalidOperationException>(() => _ml.Data.SaveInteractionSplitAsNumPy(_ml.Data.LeaveOneOutSplit(missing), folder.Path)).Message;
        Assert.Contains("Column 'Item' of the train part has a missing key in row 1", message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Foreign_content_is_an_error_that_names_file_and_entry()
    {
        Fails("train_ui", null, "expected the entry, found val_ui.npy, test_ui.npy, n_users.npy, n_items.npy");
        Fails("train_ui", Array([1, 2, 3, 4], 4), "shape (n, 2), found shape (4,)");
        Fails("train_ui", Array([1, 2, 3], 1, 3), "shape (n, 2), found shape (1, 3)");
        Fails("val_ui", Array([0, 0, 2, 0], 2, 2), "expected user indices from 0 to 1, found 2 in row 1");
        Fails("test_ui", Array([0, 3], 1, 2), "expected item indices from 0 to 2, found 3 in row 0");
        Fails("test_ui", Array([0, -1], 1, 2), "found -1 in row 0");
        Fails("n_users", Array([5, 5], 2), "expected a single number (shape ()), found shape (2,)");
        Fails("n_users", Array([0]), "expected a number of at least 1, found 0");
        Fails("n_items", [1, 2, 3], "expected a .npy array");

        void Fails(string entry, byte[]? content, string expected)
        {
            using Interactions.Folder folder = new();
            WriteArchive(folder, new() { [entry] = content });
            string message = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplitFromNumPy(folder.Path)).Message;
            Assert.StartsWith($"{folder.File(SplitFile)}, entry '{entry}.npy': ", message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_or_no_archive_is_an_error()
    {
        using Interactions.Folder folder = new();
        Assert.Throws<FileNotFoundException>(() => _ml.Data.LoadInteractionSplitFromNumPy(folder.Path));
        Assert.Throws<DirectoryNotFoundException>(() => _ml.Data.LoadInteractionSplitFromNumPy(folder.File("nowhere")));
        File.WriteAllText(folder.File(SplitFile), "no archive at all");
        string message = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplitFromNumPy(folder.Path)).Message;
        Assert.Contains($"{folder.File(SplitFile)}: expected a zip archive", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_stands_twice_is_an_error()
    {
        using Interactions.Folder folder = new();
        WriteArchive(folder, []);
        using (ZipArchive archive = ZipFile.Open(folder.File(SplitFile), ZipArchiveMode.Update))
            archive.CreateEntry("n_users.npy");
        string message = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplitFromNumPy(folder.Path)).Message;
        Assert.Contains("expected one such entry, found several", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_takes_no_memory_before_its_length_is_borne_out()
    {
        const int length = 256 << 20;
        byte[] array = Array([0, 0, 1, 2], 2, 2);
        using Interactions.Folder longer = new(), lying = new();
        // A small file that unpacks to many zeros behind a good array.
        WriteArchive(longer, new() { ["train_ui"] = [.. array, .. new byte[length]] });
        Refused(longer, $"expected 4 values of 4 bytes, found {length + 16:N0} bytes");
        // Header and directory say the same, and it is more than the bytes of the entry can unpack to.
        byte[] header = Array([], length / 8, 2);
        WriteArchive(lying, new() { ["train_ui"] = header });
        byte[] bytes = File.ReadAllBytes(lying.File(SplitFile));
        int directory = bytes.AsSpan().LastIndexOf("train_ui.npy"u8) - 46;
        Assert.Equal("PK\u0001\u0002"u8, bytes.AsSpan(directory, 4));
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(directory + 24), header.Length + length);
        File.WriteAllBytes(lying.File(SplitFile), bytes);
        Refused(lying, $"expected {header.Length + length:N0} bytes, found ");

        void Refused(Interactions.Folder folder, string reason)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            string message = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadInteractionSplitFromNumPy(folder.Path)).Message;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
            Assert.Contains($"entry 'train_ui.npy': {reason}", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Damaged_files_never_give_other_data()
    {
        using Interactions.Folder folder = new();
        IDataView data = Interactions.As(_ml, Interactions.Load(_ml, Interactions.Random(300, 20, 30, seed: 1)), "key");
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(data);
        _ml.Data.SaveInteractionSplitAsNumPy(split, folder.Path);
        byte[] bytes = File.ReadAllBytes(folder.File(SplitFile));
        for (int length = 0; length < bytes.Length; length += length < bytes.Length - 100 ? 7 : 1)
            Assert.Throws<InvalidDataException>(() => Load(bytes[..length]));

        Random random = new(2);
        int refused = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] damaged = [.. bytes];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                AssertEqual(split, Load(damaged));
            }
            catch (InvalidDataException e)
            {
                refused++;
                Assert.Contains(SplitFile, e.Message, StringComparison.Ordinal);
            }
        }
        // What is not covered by a check sum, such as entry times, may be damaged without effect.
        Assert.InRange(refused, 1000, 2000);

        InteractionSplit Load(byte[] content)
        {
            File.WriteAllBytes(folder.File(SplitFile), content);
            return _ml.Data.LoadInteractionSplitFromNumPy(folder.Path);
        }
    }

    [Fact]
    public void Python_reads_the_archive()
    {
        using Interactions.Folder folder = new();
        SaveSample(folder);
        // Without NumPy itself: Python's zip reader with its check sums, and the header as the Python literal that it is.
        const string Script = """
            import ast, struct, sys, zipfile
            archive = zipfile.ZipFile(sys.argv[1])
            assert archive.testzip() is None
            for name in archive.namelist():
                data = archive.read(name)
                assert data[:8] == b'\x93NUMPY\x01\x00'
                size, = struct.unpack('<H', data[8:10])
                assert (10 + size) % 64 == 0
                header = ast.literal_eval(data[10:10 + size].decode('latin1'))
                assert header['descr'] == '<i4' and header['fortran_order'] is False
                print(name[:-4], header['shape'], list(struct.unpack('<%di' % ((len(data) - 10 - size) // 4), data[10 + size:])))
            """;
        Assert.Equal(SampleText, PythonScript.Run(Script, folder.File(SplitFile)));
    }

    [Fact]
    public void NumPy_reads_both_files()
    {
        using Interactions.Folder folder = new();
        SaveSample(folder);
        const string Script = """
            import sys
            try:
                import numpy as np
            except ImportError:
                print("no numpy")
                sys.exit()
            z = np.load(sys.argv[1])
            for name in z.files:
                assert z[name].dtype == np.int32
                print(name, z[name].shape, z[name].ravel().tolist())
            assert int(z["n_users"]) == 2
            assert np.load(sys.argv[2]).tolist() == [0, 1, 2]
            """;
        string output = PythonScript.Run(Script, folder.File(SplitFile), folder.File(PopularItemsFile));
        Assert.SkipWhen(output.StartsWith("no numpy", StringComparison.Ordinal), "NumPy is not installed for python3.");
        Assert.Equal(SampleText, output);
    }

    private const string SampleText = """
        train_ui (4, 2) [0, 0, 1, 1, 0, 2, 1, 0]
        val_ui (2, 2) [0, 1, 1, 2]
        test_ui (2, 2) [0, 3, 1, 3]
        n_users () [2]
        n_items () [4]
        """;

    private void SaveSample(Interactions.Folder folder)
    {
        IDataView data = Interactions.As(_ml, Interactions.Load(_ml, (5, 7), (3, 8), (5, 9), (5, 8), (3, 7), (3, 9), (5, 6), (3, 6)), "key");
        _ml.Data.SaveInteractionSplitAsNumPy(_ml.Data.TemporalLeaveOneOutSplit(data), folder.Path);
    }

    /// <summary>Two users, three items and few rows, with some entries replaced or, where null, left out.</summary>
    private static void WriteArchive(Interactions.Folder folder, Dictionary<string, byte[]?> replaced)
    {
        (string Name, byte[] Content)[] entries =
        [
            ("train_ui", Array([0, 0, 1, 2], 2, 2)), ("val_ui", Array([0, 1], 1, 2)), ("test_ui", Array([1, 1], 1, 2)),
            ("n_users", Array([2])), ("n_items", Array([3])),
        ];
        using ZipArchive archive = ZipFile.Open(folder.File(SplitFile), ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in entries)
        {
            byte[]? written = replaced.TryGetValue(name, out byte[]? other) ? other : content;
            if (written is null)
                continue;
            using Stream stream = archive.CreateEntry(name + ".npy").Open();
            stream.Write(written);
        }
    }

    private static byte[] Array(int[] values, params int[] shape)
    {
        MemoryStream stream = new();
        NpyFile.Write(stream, values, shape);
        return stream.ToArray();
    }

    private static void AssertEqual(InteractionSplit expected, InteractionSplit found)
    {
        foreach ((IDataView a, IDataView b) in (ReadOnlySpan<(IDataView, IDataView)>)
            [(expected.Train, found.Train), (expected.Validation, found.Validation), (expected.Test, found.Test)])
        {
            Assert.Equal(Interactions.Column<uint>(a, "User"), Interactions.Column<uint>(b, "User"));
            Assert.Equal(Interactions.Column<uint>(a, "Item"), Interactions.Column<uint>(b, "Item"));
        }
    }

    private sealed class KeyPair
    {
        public uint User { get; set; }

        public uint Item { get; set; }
    }
}
