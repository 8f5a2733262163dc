using System.IO.Compression;
using System.IO.Hashing;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>
/// A split as the NumPy files that LightGCN notebooks exchange: indices in splits_ui.npz, items by popularity in
/// popular_items.npy.
/// </summary>
internal static class NumPySplit
{
    private const string SplitFile = "splits_ui.npz", PopularItemsFile = "popular_items.npy";
    private const string TrainEntry = "train_ui", ValidationEntry = "val_ui", TestEntry = "test_ui";
    private const string UserCountEntry = "n_users", ItemCountEntry = "n_items";

    // A byte of Deflate stands for at most so many.
    private const int MostInflated = 1032;

    // np.savez stamps every entry with the earliest time that zip knows, so that equal arrays are equal files.
    private static readonly DateTimeOffset EntryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Save(IExceptionContext context, InteractionSplit split, string folder, string userColumnName, string itemColumnName)
    {
        IndexPairReader train = new(context, "train", split.Train, userColumnName, itemColumnName);
        IndexPairReader validation = new(context, "validation", split.Validation, userColumnName, itemColumnName);
        IndexPairReader test = new(context, "test", split.Test, userColumnName, itemColumnName);
        validation.CheckSameKeys(train);
        test.CheckSameKeys(train);

        using FileSet files = new(folder);
        int[] itemCounts = new int[train.ItemCount];
        files.Write(SplitFile, stream =>
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true);
            int[] pairs = train.Read();
            for (int k = 1; k < pairs.Length; k += 2)
                itemCounts[pairs[k]]++;
            WriteEntry(archive, TrainEntry, pairs, pairs.Length / 2, 2);
            pairs = validation.Read();
            WriteEntry(archive, ValidationEntry, pairs, pairs.Length / 2, 2);
            pairs = test.Read();
            WriteEntry(archive, TestEntry, pairs, pairs.Length / 2, 2);
            WriteEntry(archive, UserCountEntry, [train.UserCount]);
            WriteEntry(archive, ItemCountEntry, [train.ItemCount]);
        });
        int[] popular = PopularityOrder.Chosen(itemCounts);
        files.Write(PopularItemsFile, stream => NpyFile.Write(stream, popular, popular.Length));
        files.Commit();
    }

    public static InteractionSplit Load(string folder)
    {
        string path = Path.Combine(folder, SplitFile);
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        using ZipArchive archive = OpenArchive(stream, path);
        int users = ReadCount(archive, path, UserCountEntry), items = ReadCount(archive, path, ItemCountEntry);
        return new InteractionSplit(
            ReadPairs(archive, path, TrainEntry, users, items),
            ReadPairs(archive, path, ValidationEntry, users, items),
            ReadPairs(archive, path, TestEntry, users, items));
    }

    private static void WriteEntry(ZipArchive archive, string name, ReadOnlySpan<int> values, params ReadOnlySpan<int> shape)
    {
        ZipArchiveEntry entry = archive.CreateEntry(name + ".npy");
        entry.LastWriteTime = EntryTime;
        using Stream stream = entry.Open();
        NpyFile.Write(stream, values, shape);
    }

    private static ZipArchive OpenArchive(FileStream stream, string path)
    {
        ZipArchive? archive = null;
        try
        {
            archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            // Reads the list of entries, which may be damaged too.
            _ = archive.Entries;
            return archive;
        }
        catch (Exception e) when (IsDamage(e))
        {
            archive?.Dispose();
            throw new InvalidDataException($"{path}: expected a zip archive as np.savez_compressed writes it, found: {e.Message}", e);
        }
    }

    private static int ReadCount(ZipArchive archive, string path, string name)
    {
        (NpyArray array, string source) = ReadEntry(archive, path, name);
        if (array.Shape.Length != 0)
            throw new InvalidDataException($"{source}: expected a single number (shape ()), found shape {NpyFile.ShapeText(array.Shape)}.");
        int count = array.Values[0];
        return count >= 1 ? count : throw new InvalidDataException($"{source}: expected a number of at least 1, found {count}.");
    }

    private static TableView ReadPairs(ZipArchive archive, string path, string name, int users, int items)
    {
        (NpyArray array, string source) = ReadEntry(archive, path, name);
        if (array.Shape is not [_, 2])
            throw new InvalidDataException($"{source}: expected (user, item) rows of shape (n, 2), found shape {NpyFile.ShapeText(array.Shape)}.");
        int[] pairs = array.Values;
        for (int k = 0; k < pairs.Length; k += 2)
        {
            if ((uint)pairs[k] >= (uint)users)
                throw OutOfRange("user", users, pairs[k], k / 2);
            if ((uint)pairs[k + 1] >= (uint)items)
                throw OutOfRange("item", items, pairs[k + 1], k / 2);
        }
        return new TableView.Builder(pairs.Length / 2)
            .Add("User", new KeyDataViewType(typeof(uint), users), (long row, ref uint user) => user = (uint)pairs[2 * row] + 1)
            .Add("Item", new KeyDataViewType(typeof(uint), items), (long row, ref uint item) => item = (uint)pairs[2 * row + 1] + 1)
            .ToView();

        InvalidDataException OutOfRange(string role, int count, int found, int row) =>
            new($"{source}: expected {role} indices from 0 to {count - 1}, found {found} in row {row} (counted from 0).");
    }

    private static (NpyArray Array, string Source) ReadEntry(ZipArchive archive, string path, string name)
    {
        string entryName = name + ".npy", source = $"{path}, entry '{entryName}'";
        ZipArchiveEntry? entry = null;
        foreach (ZipArchiveEntry candidate in archive.Entries)
        {
            if (candidate.FullName != entryName)
                continue;
            if (entry is not null)
                throw new InvalidDataException($"{source}: expected one such entry, found several.");
            entry = candidate;
        }
        if (entry is null)
        {
            string found = string.Join(", ", archive.Entries.Select(e => e.FullName));
            throw new InvalidDataException($"{source}: expected the entry, found {(found.Length == 0 ? "no entries" : found)}.");
        }

        byte[] bytes = ReadContent(entry, source);
        // ZipArchive writes check sums but does not compare them.
        uint crc = Crc32.HashToUInt32(bytes);
        if (crc != entry.Crc32)
            throw new InvalidDataException($"{source}: expected check sum {entry.Crc32:x8}, found {crc:x8}: the file is damaged.");
        return (NpyFile.Read(bytes, source), source);
    }

    /// <summary>Reads an entry, of which nothing takes memory before its compressed length and its own header have borne the length out.</summary>
    private static byte[] ReadContent(ZipArchiveEntry entry, string source)
    {
        if (entry.Length > Array.MaxLength)
            throw new InvalidDataException($"{source}: expected at most {Array.MaxLength:N0} bytes, found {entry.Length:N0}.");
        if (entry.Length / MostInflated > entry.CompressedLength)
            throw new InvalidDataException(
                $"{source}: expected {entry.Length:N0} bytes, found {entry.CompressedLength:N0} compressed ones, which can't hold so many.");
        byte[] start = new byte[Math.Min(entry.Length, NpyFile.LongestHeader)];
        using Stream stream = Guarded(entry.Open);
        Fill(start, 0);
        NpyFile.CheckLength(start, entry.Length, source);
        byte[] bytes = new byte[entry.Length];
        start.CopyTo(bytes, 0);
        Fill(bytes, start.Length);
        return Guarded(stream.ReadByte) < 0 ? bytes : throw new InvalidDataException($"{source}: expected {entry.Length:N0} bytes, found more.");

        void Fill(byte[] buffer, int from)
        {
            int read = Guarded(() => stream.ReadAtLeast(buffer.AsSpan(from), buffer.Length - from, throwOnEndOfStream: false));
            if (from + read < buffer.Length)
                throw new InvalidDataException($"{source}: expected {entry.Length:N0} bytes, found {from + read:N0}.");
        }

        T Guarded<T>(Func<T> read)
        {
            try
            {
                return read();
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw new InvalidDataException($"{source}: expected readable content, found: {e.Message}", e);
            }
        }
    }

    /// <summary>What ZipArchive throws for a damaged or foreign archive; not what a failing disk throws.</summary>
    private static bool IsDamage(Exception e) => e is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException;

    /// <summary>Reads one part of a split as indices: key value k is index k-1.</summary>
    private sealed class IndexPairReader
    {
        private readonly IExceptionContext _context;
        private readonly string _part;
        private readonly IDataView _view;
        private readonly DataViewSchema.Column _user, _item;

        public IndexPairReader(IExceptionContext context, string part, IDataView view, string userColumnName, string itemColumnName)
        {
            (_context, _part, _view) = (context, part, view);
            _user = KeyColumns.KeyColumn(context, view.Schema, userColumnName, "user");
            _item = KeyColumns.KeyColumn(context, view.Schema, itemColumnName, "item");
        }

        public int UserCount => KeyColumns.KeyCount(_user);

        public int ItemCount => KeyColumns.KeyCount(_item);

        public void CheckSameKeys(IndexPairReader train)
        {
            if ((UserCount, ItemCount) != (train.UserCount, train.ItemCount))
            {
                throw _context.Process(new ArgumentException(
                    $"The {_part} part has {UserCount:N0} user and {ItemCount:N0} item keys: " +
                    $"expected {train.UserCount:N0} and {train.ItemCount:N0} as in the train part."));
            }
            KeyMatch.Check(_context, _user, KeyValues.Read(train._view, train._user, "user"), "the train part");
            KeyMatch.Check(_context, _item, KeyValues.Read(train._view, train._item, "item"), "the train part");
        }

        public int[] Read()
        {
            List<int> pairs = new((int)Math.Min(2 * _view.GetRowCount() ?? 0, Array.MaxLength));
            using InteractionCursor cursor = new(_view, _user, _item, UserCount, ItemCount);
            while (cursor.MoveNext())
            {
                (int user, int item) = (cursor.User, cursor.Item);
                if (user < 0)
                    throw NotAKey(_user, cursor.UserKey, pairs.Count / 2);
                if (item < 0)
                    throw NotAKey(_item, cursor.ItemKey, pairs.Count / 2);
                if (pairs.Count > Array.MaxLength - 2)
                {
                    throw _context.Process(new InvalidOperationException(
                        $"The {_part} part has more than {Array.MaxLength / 2:N0} rows, the most that a NumPy export takes."));
                }
                pairs.Add(user);
                pairs.Add(item);
            }
            return [.. pairs];
        }

        private InvalidOperationException NotAKey(DataViewSchema.Column column, uint value, int row)
        {
            string found = value == 0 ? "a missing key" : $"key value {value}";
            return _context.Process(new InvalidOperationException(
                $"Column '{column.Name}' of the {_part} part has {found} in row {row} (counted from 0): " +
                $"expected a key value from 1 to {KeyColumns.KeyCount(column)} in every row."));
        }
    }
}
