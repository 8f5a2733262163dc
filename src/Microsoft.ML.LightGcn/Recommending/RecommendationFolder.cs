using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>
/// The lists of all users as a folder of files of some thousands of users each. Every file is written whole before it gets its name, so that a run
/// that was stopped goes on after the last one. A file of JSON says what the lists are of.
/// </summary>
internal static class RecommendationFolder
{
    private const string DescriptionName = "recommendations.json";

    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="extension">Of the files' names, without the dot.</param>
    /// <param name="recommender">Recommends.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="write">Writes the rows of a file, the same bytes for the same rows.</param>
    /// <param name="progress">Told after every block, on the thread that did it; null for nobody.</param>
    /// <param name="cancellationToken">Checked before every block.</param>
    /// <exception cref="InvalidOperationException">The folder has lists of another model or of other options.</exception>
    public static void Write(
        string folder,
        string extension,
        Recommender recommender,
        RecommendationOptions options,
        Action<Stream, IEnumerable<RecommendationRow>> write,
        IProgress<RecommendationProgress>? progress,
        CancellationToken cancellationToken)
    {
        ProcessGroup processes = options.Processes ?? ProcessGroup.Single;
        string description = Path.Combine(folder, DescriptionName), expected = Describe(recommender, extension, options);
        int count = BlockSelection.PartCount(recommender.UserCount);
        (int firstPart, int endPart) = processes.OwnShareOf(count);
        bool isNew = false;
        int missing = processes.Together(FirstMissing);
        // A file that comes after one that is missing is written again: where a run stops, there is none.
        using SelectionParts parts = recommender.InParts(options, processes.IsFirst ? progress : null, cancellationToken);
        processes.Together(() =>
        {
            if (!processes.IsFirst || !isNew)
                return;
            // What can't be done is said before anything is written.
            parts.At(0);
            FileSet.WriteFile(description, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(expected)));
        });
        processes.Together(() =>
        {
            for (int part = missing; part < endPart; part++)
            {
                int first = part * BlockSelection.UsersPerPart;
                FileSet.WriteFile(PathOf(part), stream => write(stream, RecommendationFile.Rows(recommender, first, parts.At(first).Table)));
            }
        });

        // The first of this process's files that is not there; the end of its share where all are.
        int FirstMissing()
        {
            TargetFile.MakeFolder(folder);
            string? found = Directory.EnumerateFiles(folder, PartName("*", extension)).FirstOrDefault();
            if (found is not null && !File.Exists(description))
                throw new InvalidOperationException(
                    $"{found}: expected no lists without a file '{DescriptionName}' beside them, which says what they are of. Choose another folder.");
            if (found is not null)
                CheckSame(description, expected);
            isNew = found is null;
            // Options are compared by the description; the first file says whether the model is the same.
            if (processes.IsFirst && File.Exists(PathOf(0)))
                CheckFirst();
            return Enumerable.Range(firstPart, endPart - firstPart).FirstOrDefault(part => !File.Exists(PathOf(part)), endPart);
        }

        string PathOf(int part) => Path.Combine(folder, PartName(part.ToString("D6", CultureInfo.InvariantCulture), extension));

        void CheckFirst()
        {
            using MemoryStream now = new();
            using SelectionParts lists = recommender.InParts(options, null, cancellationToken);
            write(now, RecommendationFile.Rows(recommender, 0, lists.At(0).Table));
            if (!File.ReadAllBytes(PathOf(0)).AsSpan().SequenceEqual(now.GetBuffer().AsSpan(0, (int)now.Length)))
                throw new InvalidOperationException($"{PathOf(0)}: expected the lists of this model, found others. Choose another folder, or delete this one.");
        }
    }

    private static string PartName(string number, string extension) => $"part-{number}.{extension}";

    /// <summary>All that the lists depend on beside the model, in JSON.</summary>
    private static string Describe(Recommender recommender, string extension, RecommendationOptions options) => JsonSerializer.Serialize(
        new Dictionary<string, object?>
        {
            ["format"] = extension,
            ["users"] = recommender.UserCount,
            ["items"] = recommender.ItemCount,
            ["usersPerFile"] = BlockSelection.UsersPerPart,
            ["files"] = BlockSelection.PartCount(recommender.UserCount),
            ["count"] = options.Count,
            ["excludeSeen"] = options.ExcludeSeen,
            ["minimumScore"] = float.IsNegativeInfinity(options.MinimumScore) ? null : options.MinimumScore,
            ["denyList"] = Hash(options.DenyList),
            ["allowList"] = Hash(options.AllowList),
            ["newUserItems"] = Hash(options.NewUserItems),
        },
        JsonText.Indented);

    private static string? Hash(ItemSet? items)
    {
        if (items is null)
            return null;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.Append(items.Items);
        return $"{items.Count} items, SHA-256 {Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    private static void CheckSame(string path, string expected)
    {
        string[] now = expected.Split('\n'), saved = File.ReadAllText(path).Split('\n');
        if (saved.AsSpan().SequenceEqual(now))
            return;
        int line = Enumerable.Range(0, now.Length).First(line => line >= saved.Length || saved[line] != now[line]);
        throw new InvalidOperationException(
            $"{path}, line {Expect.Text(line + 1)}: expected {now[line].Trim().TrimEnd(',')}, as for these lists, "
            + $"found {(line < saved.Length ? saved[line].Trim().TrimEnd(',') : "the end of the file")}. Choose another folder, or delete this one.");
    }
}
