using System.Globalization;
using System.IO.Compression;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>
/// Reads splits in the format of the LightGCN authors: train.txt, test.txt and optionally valid.txt, plain or .gz, each line a
/// user index and the indices of the user's items. Users and items are numbered from 0.
/// </summary>
internal static class SplitFiles
{
    /// <summary>The largest index: one less than the largest key count.</summary>
    private const int MaximumIndex = int.MaxValue - 2;

    // A line has all items of a user: room for some millions of them.
    private const int LongestLine = 1 << 25;

    public static bool IsIn(string folder) => Find(folder, "train.txt") is not null;

    /// <exception cref="InvalidDataException">A file is missing, empty or has a bad line; the message names file, line and reason.</exception>
    public static InteractionSplit Read(MLContext ml, string folder)
    {
        List<Pair> train = ReadFile(Require(folder, "train.txt")), test = ReadFile(Require(folder, "test.txt"));
        List<Pair> validation = Find(folder, "valid.txt") is { } path ? ReadFile(path) : [];
        HashSet<uint> known = [.. train.Select(pair => pair.User)];
        CheckKnown(known, test, Require(folder, "test.txt"));
        if (validation.Count > 0)
            CheckKnown(known, validation, Require(folder, "valid.txt"));
        Pair[] all = [.. train, .. validation, .. test];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Pair));
        schema[nameof(Pair.User)].ColumnType = new KeyDataViewType(typeof(uint), (int)all.Max(pair => pair.User) + 1);
        schema[nameof(Pair.Item)].ColumnType = new KeyDataViewType(typeof(uint), (int)all.Max(pair => pair.Item) + 1);
        return new InteractionSplit(View(train), View(validation), View(test));

        // ML.NET reads a key-typed uint in memory as zero-based.
        IDataView View(List<Pair> pairs) => ml.Data.LoadFromEnumerable(pairs, schema);
    }

    private static List<Pair> ReadFile(string path)
    {
        string name = Path.GetFileName(path);
        List<Pair> pairs = [];
        using Stream file = File.OpenRead(path);
        using StreamReader reader = new(new LineLimitStream(
            path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file, LongestLine));
        int line = 0;
        while (ReadLine() is { } text)
        {
            line++;
            uint? user = null;
            foreach (Range range in text.AsSpan().Split(' '))
            {
                ReadOnlySpan<char> part = text.AsSpan(range).Trim();
                if (part.IsEmpty)
                    continue;
                if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index > MaximumIndex)
                    throw new InvalidDataException($"{name}, line {line}: expected {(user is null ? "a user" : "an item")} index from 0 to {MaximumIndex}, found '{part}'.");
                if (user is { } owner)
                    pairs.Add(new Pair { User = owner, Item = (uint)index, Line = line });
                else
                    user = (uint)index;
            }
        }
        string? ReadLine()
        {
            try
            {
                return reader.ReadLine();
            }
            catch (InvalidDataException damaged)
            {
                throw new InvalidDataException($"{name}, after line {line}: {damaged.Message}", damaged);
            }
        }

        return pairs.Count > 0 ? pairs : throw new InvalidDataException($"{name}: expected lines of a user and items, found no interaction in {line} lines.");
    }

    private static void CheckKnown(HashSet<uint> known, List<Pair> pairs, string path)
    {
        foreach (Pair pair in pairs)
        {
            if (!known.Contains(pair.User))
                throw new InvalidDataException($"{Path.GetFileName(path)}, line {pair.Line}: user {pair.User} has no training interactions.");
        }
    }

    private static string Require(string folder, string name) =>
        Find(folder, name) ?? throw new InvalidDataException($"Expected {name} or {name}.gz in the folder '{folder}', found neither.");

    private static string? Find(string folder, string name)
    {
        string plain = Path.Combine(folder, name);
        return File.Exists(plain) ? plain : File.Exists(plain + ".gz") ? plain + ".gz" : null;
    }

    private sealed class Pair
    {
        public uint User { get; set; }

        public uint Item { get; set; }

        [NoColumn]
        public int Line { get; set; }
    }
}
