using System.Globalization;
using System.IO.Compression;
using LightGcn.Examples;
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
    public static InteractionSplit Read(string folder)
    {
        (uint User, uint Item)[] train = ReadFile(Require(folder, "train.txt"));
        HashSet<uint> known = [.. train.Select(pair => pair.User)];
        (uint User, uint Item)[] test = ReadFile(Require(folder, "test.txt"), known);
        (uint User, uint Item)[] validation = Find(folder, "valid.txt") is { } path ? ReadFile(path, known) : [];
        int users = (int)train.Max(pair => pair.User) + 1;
        int items = (int)train.Concat(validation).Concat(test).Max(pair => pair.Item) + 1;
        return new InteractionSplit(View(train), View(validation), View(test));

        PairView View((uint User, uint Item)[] pairs) => PairView.Create(pairs, users, items);
    }

    /// <param name="path">The file.</param>
    /// <param name="known">Users who have training interactions; null where these are read.</param>
    private static (uint User, uint Item)[] ReadFile(string path, HashSet<uint>? known = null)
    {
        string name = Path.GetFileName(path);
        List<(uint User, uint Item)> pairs = [];
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
                if (user is not { } owner)
                    user = (uint)index;
                else if (known?.Contains(owner) == false)
                    throw new InvalidDataException($"{name}, line {line}: user {owner} has no training interactions.");
                else
                    pairs.Add((owner, (uint)index));
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

        return pairs.Count > 0 ? [.. pairs] : throw new InvalidDataException($"{name}: expected lines of a user and items, found no interaction in {line} lines.");
    }

    private static string Require(string folder, string name) =>
        Find(folder, name) ?? throw new InvalidDataException($"Expected {name} or {name}.gz in the folder '{folder}', found neither.");

    private static string? Find(string folder, string name)
    {
        string plain = Path.Combine(folder, name);
        return File.Exists(plain) ? plain : File.Exists(plain + ".gz") ? plain + ".gz" : null;
    }
}
