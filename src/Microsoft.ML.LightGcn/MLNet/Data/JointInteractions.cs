using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>
/// Makes one training set of what the processes of a group have read: all rows in each, or a share in each. The result is the union, the same in every
/// process whatever the shares.
/// </summary>
internal static class JointInteractions
{
    // A part of what passes at once: 4 MB.
    private const int PartLength = 1 << 20;

    /// <summary>The union, and whether the processes have read different rows.</summary>
    /// <param name="own">What this process has read.</param>
    /// <param name="processes">The processes.</param>
    /// <exception cref="InvalidOperationException">The keys of two processes are not the same, or there is nothing to learn from.</exception>
    /// <exception cref="ArgumentException">There are too many interactions.</exception>
    public static (TrainingInteractions Data, bool AreShares) Join(TrainingInteractions own, ProcessGroup processes)
    {
        if (processes.Count == 1)
            return (own, false);
        CheckKeys(processes, "user", own.Users);
        CheckKeys(processes, "item", own.Items);
        SparseRows rows = own.Graph.ByUser;
        string[] hashes = processes.GatherTexts(RunFingerprint.Hash(hash => RunFingerprint.AppendRows(hash, rows.Offsets.Span, rows.Indices.Span)));
        bool areShares = hashes.Any(hash => hash != hashes[0]);
        TrainingInteractions joint = areShares ? own with { Graph = Unite(own.Graph, processes) } : own;
        int users = 0;
        for (int user = 0; user < joint.Graph.UserCount && users < 2; user++)
            users += joint.Graph.ItemsOf(user).IsEmpty ? 0 : 1;
        return users >= 2
            ? (joint, areShares)
            : throw new InvalidOperationException(
                $"The training data of all {processes.Count} processes have interactions of {users} users; expected interactions of at least 2 users.");
    }

    private static void CheckKeys(ProcessGroup processes, string role, Vocabulary keys)
    {
        string names = keys.Names is { } list ? $"values of SHA-256 {RunFingerprint.Hash(hash => AppendNames(hash, list))}" : "no values";
        string[] found = processes.GatherTexts(string.Create(CultureInfo.InvariantCulture, $"{keys.Count:N0} {role} keys with {names}"));
        int other = Array.FindIndex(found, text => text != found[0]);
        if (other >= 0)
            throw new InvalidOperationException(
                $"Processes that train together need the same keys: process 0 has {found[0]}, process {other} has {found[other]}. "
                + "Fit the key map on all ids, and use the same one in every process: save it, and load it where only a share of the rows is read.");
    }

    private static void AppendNames(IncrementalHash hash, IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            hash.AppendData(BitConverter.GetBytes(name.Length));
            hash.AppendData(Encoding.UTF8.GetBytes(name));
        }
    }

    private static BipartiteGraph Unite(BipartiteGraph own, ProcessGroup processes)
    {
        int[] counts = new int[own.UserCount + 1], offsets = new int[own.UserCount + 1];
        long total = 0;
        foreach (int count in processes.GatherValues(own.InteractionCount))
            total += count;
        if (total > Array.MaxLength)
            throw Graphs.BipartiteGraphBuilder.TooMany(total);
        for (int rank = 0; rank < processes.Count; rank++)
        {
            own.ByUser.Offsets.CopyTo(offsets);
            processes.Broadcast<int>(offsets, rank);
            for (int user = 0; user < own.UserCount; user++)
                counts[user] += offsets[user + 1] - offsets[user];
        }
        SparseRows.ToOffsets(counts);
        int[] items = GC.AllocateUninitializedArray<int>((int)total), part = new int[Math.Min(PartLength, (int)total)];
        for (int rank = 0; rank < processes.Count; rank++)
        {
            own.ByUser.Offsets.CopyTo(offsets);
            processes.Broadcast<int>(offsets, rank);
            int user = 0;
            int end = offsets[^1];
            for (long first = 0; first < end; first += part.Length)
            {
                int start = (int)first;
                Span<int> values = part.AsSpan(0, Math.Min(part.Length, end - start));
                if (rank == processes.Rank)
                    own.ByUser.Indices.Span.Slice(start, values.Length).CopyTo(values);
                processes.Broadcast(values, rank);
                for (int n = 0; n < values.Length; n++)
                {
                    while (start + n >= offsets[user + 1])
                        user++;
                    items[counts[user]++] = values[n];
                }
            }
        }
        SparseRows.ShiftBack(counts);
        Parallel.For(0, own.UserCount, user => items.AsSpan(counts[user]..counts[user + 1]).Sort());
        return new BipartiteGraph(SparseRows.MergeEqual(counts, items, null), own.ItemCount);
    }
}
