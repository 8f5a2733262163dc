using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Counts how many scores lie above a score, and how many equal it: the rank of an item without a sort.</summary>
internal static class RankCount
{
    /// <summary>Counts, for each of some scores, those that are greater and those that equal it, and adds the counts to others.</summary>
    /// <param name="scores">Scores without NaN; an item that must not count has negative infinity.</param>
    /// <param name="thresholds">Scores to compare with; negative infinity, which has no rank, is passed over.</param>
    /// <param name="greater">The number of greater scores is added, for each threshold.</param>
    /// <param name="equal">The number of equal scores is added, for each threshold.</param>
    public static void Add(ReadOnlySpan<float> scores, ReadOnlySpan<float> thresholds, Span<int> greater, Span<int> equal)
    {
        for (int place = 0; place < thresholds.Length; place++)
        {
            if (float.IsNegativeInfinity(thresholds[place]))
                continue;
            (int moreGreater, int moreEqual) = Compute(scores, thresholds[place]);
            greater[place] += moreGreater;
            equal[place] += moreEqual;
        }
    }

    /// <summary>Counts the scores that are greater than, and those that equal, the given one.</summary>
    /// <param name="scores">Scores without NaN; an item that must not count has negative infinity.</param>
    /// <param name="score">A finite score.</param>
    public static (int Greater, int Equal) Compute(ReadOnlySpan<float> scores, float score)
    {
        int greater = 0, equal = 0, i = 0;
        Vector512<float> threshold = Vector512.Create(score);
        Vector512<int> greaterCounts = default, equalCounts = default;
        ref float first = ref MemoryMarshal.GetReference(scores);
        for (; i <= scores.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<float> block = Vector512.LoadUnsafe(ref first, (nuint)i);
            // A lane that compares true is -1.
            greaterCounts -= Vector512.GreaterThan(block, threshold).AsInt32();
            equalCounts -= Vector512.Equals(block, threshold).AsInt32();
        }
        greater += Vector512.Sum(greaterCounts);
        equal += Vector512.Sum(equalCounts);
        for (; i < scores.Length; i++)
        {
            greater += scores[i] > score ? 1 : 0;
            equal += scores[i] == score ? 1 : 0;
        }
        return (greater, equal);
    }
}
