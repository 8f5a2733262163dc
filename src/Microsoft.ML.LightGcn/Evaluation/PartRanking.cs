using System.Buffers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Evaluation;

/// <summary>
/// What <see cref="ItemRanking"/> does, for models that can be scored some items at a time: the scores of held-out items come first, and every part of
/// the other scores is compared with them while it is in the cache.
/// </summary>
/// <param name="terms">What scores are made of.</param>
/// <param name="heldOut">What is held out, and which items are not ranked.</param>
/// <param name="seen">Items that are never recommended to a user; null when there are none.</param>
/// <param name="cutoffs">Cutoffs, ascending.</param>
/// <param name="ranks">Receives a rank for each held-out interaction.</param>
/// <param name="exposure">For each cutoff, how often each item is among the best; empty where nobody asks.</param>
/// <param name="isPartial">Whether NaN says that nothing is known of a pair.</param>
internal sealed class PartRanking(
    ScoreTerms terms, HeldOutInteractions heldOut, BipartiteGraph? seen, int[] cutoffs, double[] ranks, long[][] exposure, bool isPartial)
{
    // Whole register blocks, and no more lists of best items than a cache has room for.
    private const int MinimumUsers = 8, LargestLists = 1 << 18;

    private readonly int[] _never = [.. Merged(heldOut.ExcludedItems, terms.Known.UnknownItems)];

    private int ListLength => exposure.Length == 0 ? 0 : Math.Min(cutoffs[^1], terms.Products.ItemCount);

    /// <summary>Users of a block: few enough that there is a block for every thread.</summary>
    /// <param name="usersPerThread">How many users a thread has.</param>
    public int UsersPerBlock(int usersPerThread)
    {
        int most = Math.Clamp(LargestLists / Math.Max(1, ListLength) / MinimumUsers * MinimumUsers, MinimumUsers, ItemParts.MaximumUsers);
        return Math.Clamp((usersPerThread + MinimumUsers - 1) / MinimumUsers * MinimumUsers, MinimumUsers, most);
    }

    /// <summary>Ranks the held-out items of some users.</summary>
    /// <param name="first">Position of the first among those who have any.</param>
    /// <param name="count">How many users.</param>
    /// <exception cref="InvalidOperationException">A score is not finite.</exception>
    public void RankBlock(int first, int count)
    {
        ReadOnlySpan<int> users = heldOut.Users.Slice(first, count);
        int firstPlace = heldOut.Offsets[first], places = heldOut.Offsets[first + count] - firstPlace, length = ListLength;
        using ItemParts parts = new(terms, users);
        float[] thresholds = ArrayPool<float>.Shared.Rent(places), tile = ArrayPool<float>.Shared.Rent(count * parts.Count);
        int[] counts = ArrayPool<int>.Shared.Rent(2 * places);
        Span<int> greater = counts.AsSpan(0, places), equal = counts.AsSpan(places, places);
        greater.Clear();
        equal.Clear();
        Lists lists = new(count, length);
        FindThresholds(parts, first, count, thresholds);
        for (int width = parts.Count; width > 0; width = parts.Count)
        {
            int firstItem = parts.First;
            parts.Next(tile.AsSpan(0, count * width), ofUnknown: 0);
            for (int u = 0; u < count; u++)
            {
                if (!terms.Known.HasUser(users[u]))
                    continue;
                Span<float> scores = tile.AsSpan(u * width, width);
                ItemRanking.CheckFinite(scores, users[u], isPartial, firstItem);
                ExcludedOf(users[u]).Mask(scores, firstItem);
                int start = heldOut.Offsets[first + u] - firstPlace, end = heldOut.Offsets[first + u + 1] - firstPlace;
                RankCount.Add(scores, thresholds.AsSpan(start..end), greater[start..end], equal[start..end]);
                if (length > 0)
                    lists.Offer(u, scores, firstItem);
            }
        }
        for (int place = 0; place < places; place++)
        {
            ranks[firstPlace + place] = float.IsNegativeInfinity(thresholds[place])
                ? double.PositiveInfinity
                : greater[place] + (equal[place] - 1) / 2.0;
        }
        lists.CountExposure(cutoffs, exposure);
        ArrayPool<int>.Shared.Return(counts);
        ArrayPool<float>.Shared.Return(tile);
        ArrayPool<float>.Shared.Return(thresholds);
    }

    /// <summary>The scores of the held-out items; negative infinity where nothing is known of the pair, or the item is never recommended.</summary>
    private void FindThresholds(ItemParts parts, int first, int count, Span<float> thresholds)
    {
        int place = 0;
        for (int u = 0; u < count; u++)
        {
            int user = heldOut.Users[first + u];
            bool isKnown = terms.Known.HasUser(user);
            ExcludedRows excluded = ExcludedOf(user);
            foreach (int item in heldOut.ItemsOf(first + u))
            {
                float score = isKnown && !excluded.Contains(item) ? parts.Score(u, item) : float.NegativeInfinity;
                // If that is an error it is found among all scores.
                thresholds[place++] = float.IsFinite(score) ? score : float.NegativeInfinity;
            }
        }
    }

    private ExcludedRows ExcludedOf(int user) => new(seen is null ? default : seen.ItemsOf(user), _never);

    private static IEnumerable<int> Merged(ReadOnlySpan<int> excluded, ReadOnlySpan<int> unknown) =>
        excluded.IsEmpty ? unknown.ToArray() : excluded.ToArray().Union(unknown.ToArray()).Order();

    /// <summary>The best items of each user of a block.</summary>
    private readonly ref struct Lists(int users, int length)
    {
        private readonly int[] _items = new int[users * length], _counts = new int[users];
        private readonly float[] _scores = new float[users * length];

        public void Offer(int user, ReadOnlySpan<float> scores, int firstItem)
        {
            BestRows best = Of(user);
            TopNSelection.Offer(ref best, scores, firstItem);
            _counts[user] = best.Count;
        }

        public void CountExposure(int[] cutoffs, long[][] exposure)
        {
            for (int user = 0; user < _counts.Length && exposure.Length > 0; user++)
            {
                int count = Of(user).Finish();
                for (int k = 0; k < cutoffs.Length; k++)
                {
                    foreach (int item in _items.AsSpan(user * length, Math.Min(cutoffs[k], count)))
                        Interlocked.Increment(ref exposure[k][item]);
                }
            }
        }

        private BestRows Of(int user) => BestRows.Resume(_items.AsSpan(user * length, length), _scores.AsSpan(user * length, length), _counts[user]);
    }
}
