using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Selects the N items with the highest scores, best first; equal scores in ascending order of index.</summary>
internal static class TopNSelection
{
    private const int GroupSize = 64;

    /// <summary>Fills the best items and their scores.</summary>
    /// <param name="scores">Scores without NaN; an item with negative infinity is never selected.</param>
    /// <param name="items">Receives item indices, best first; its length is N.</param>
    /// <param name="itemScores">Receives their scores; at least as long as <paramref name="items"/>.</param>
    /// <param name="longestInsertion">The longest list that is kept sorted by insertion; see <see cref="BestRows"/>.</param>
    /// <returns>The number of items selected: fewer than N only if there are no more.</returns>
    public static int Select(ReadOnlySpan<float> scores, Span<int> items, Span<float> itemScores, int longestInsertion = BestRows.LongestInsertion)
    {
        if (items.IsEmpty)
            return 0;
        BestRows best = new(items, itemScores, longestInsertion);
        Offer(ref best, scores, 0);
        return best.Finish();
    }

    /// <summary>Offers the scores of neighbouring items, all above those that were offered before.</summary>
    /// <param name="best">The best so far.</param>
    /// <param name="scores">Scores without NaN; an item with negative infinity is never selected.</param>
    /// <param name="firstItem">The item of the first score.</param>
    public static void Offer(ref BestRows best, scoped ReadOnlySpan<float> scores, int firstItem)
    {
        int i = 0;
        ref float first = ref MemoryMarshal.GetReference(scores);
        // Once the list is full, few of many scores get in: most groups need one comparison.
        for (; i <= scores.Length - GroupSize; i += GroupSize)
        {
            Vector512<float> greatest = Vector512.MaxNative(
                Vector512.MaxNative(Load(ref first, i, 0), Load(ref first, i, 1)), Vector512.MaxNative(Load(ref first, i, 2), Load(ref first, i, 3)));
            if (Vector512.GreaterThanAny(greatest, Vector512.Create(best.Threshold)))
                OfferGroup(ref best, scores.Slice(i, GroupSize), firstItem + i);
        }
        OfferGroup(ref best, scores[i..], firstItem + i);
    }

    private static Vector512<float> Load(ref float first, int start, int vector) =>
        Vector512.LoadUnsafe(ref first, (nuint)(start + vector * Vector512<float>.Count));

    private static void OfferGroup(ref BestRows best, scoped ReadOnlySpan<float> scores, int firstItem)
    {
        int i = 0;
        ref float first = ref MemoryMarshal.GetReference(scores);
        for (; i <= scores.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            ulong better = Vector512.GreaterThan(Load(ref first, i, 0), Vector512.Create(best.Threshold)).ExtractMostSignificantBits();
            for (; better != 0; better &= better - 1)
            {
                int item = i + System.Numerics.BitOperations.TrailingZeroCount(better);
                if (scores[item] > best.Threshold)
                    best.Add(firstItem + item, scores[item]);
            }
        }
        for (; i < scores.Length; i++)
        {
            if (scores[i] > best.Threshold)
                best.Add(firstItem + i, scores[i]);
        }
    }

    /// <summary>Inserts in order: for a short list, or few rows, moving the tail beats a heap.</summary>
    /// <returns>The score that the next one must beat.</returns>
    internal static float Insert(float score, int item, Span<int> items, Span<float> itemScores, ref int count)
    {
        int place = count < items.Length ? count++ : count - 1;
        for (; place > 0 && itemScores[place - 1] < score; place--)
        {
            itemScores[place] = itemScores[place - 1];
            items[place] = items[place - 1];
        }
        itemScores[place] = score;
        items[place] = item;
        return count < items.Length ? float.NegativeInfinity : itemScores[count - 1];
    }
}
