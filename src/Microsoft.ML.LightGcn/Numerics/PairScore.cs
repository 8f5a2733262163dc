using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// The inner product of two embeddings by exactly the definition of <see cref="RowPanels"/>, so that a single pair gets the
/// same bits as the same pair in a product of whole tables: blocks of 16 components, each summed from 0 in ascending order by
/// fused multiply-adds, block sums added in ascending order.
/// </summary>
internal static class PairScore
{
    private const int Block = Matrix.ComponentBlock;

    /// <summary>The inner product of two rows of the same length.</summary>
    public static float Compute(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (right.Length != left.Length)
            throw new ArgumentException($"Expected two rows of the same length, found {left.Length} and {right.Length}.", nameof(right));
        ref float x = ref MemoryMarshal.GetReference(left);
        ref float y = ref MemoryMarshal.GetReference(right);
        float total = 0;
        nint k = 0;
        // A block is one chain of dependent sums; four chains side by side keep the processor busy.
        for (; k <= left.Length - 4 * Block; k += 4 * Block)
        {
            float a = 0, b = 0, c = 0, d = 0;
            for (nint j = k; j < k + Block; j++)
            {
                a = MathF.FusedMultiplyAdd(Unsafe.Add(ref x, j), Unsafe.Add(ref y, j), a);
                b = MathF.FusedMultiplyAdd(Unsafe.Add(ref x, j + Block), Unsafe.Add(ref y, j + Block), b);
                c = MathF.FusedMultiplyAdd(Unsafe.Add(ref x, j + 2 * Block), Unsafe.Add(ref y, j + 2 * Block), c);
                d = MathF.FusedMultiplyAdd(Unsafe.Add(ref x, j + 3 * Block), Unsafe.Add(ref y, j + 3 * Block), d);
            }
            total = total + a + b + c + d;
        }
        while (k < left.Length)
        {
            float sum = 0;
            for (nint end = Math.Min(k + Block, left.Length); k < end; k++)
                sum = MathF.FusedMultiplyAdd(Unsafe.Add(ref x, k), Unsafe.Add(ref y, k), sum);
            total += sum;
        }
        return total;
    }

    /// <summary>The same inner product where the left row is given by its components other than zero.</summary>
    /// <param name="leftIndices">Indices of the left row's components, ascending.</param>
    /// <param name="left">The left row's components.</param>
    /// <param name="right">The whole right row, of finite numbers.</param>
    public static float Compute(ReadOnlySpan<int> leftIndices, ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        BlockedSum sum = new(0);
        for (int l = 0; l < left.Length; l++)
            sum.Add(leftIndices[l], left[l], right[leftIndices[l]]);
        return sum.Total;
    }

    /// <summary>The same inner product where both rows are given by their components other than zero.</summary>
    /// <param name="leftIndices">Indices of the left row's components, ascending.</param>
    /// <param name="left">The left row's components.</param>
    /// <param name="rightIndices">Indices of the right row's components, ascending.</param>
    /// <param name="right">The right row's components.</param>
    public static float Compute(ReadOnlySpan<int> leftIndices, ReadOnlySpan<float> left, ReadOnlySpan<int> rightIndices, ReadOnlySpan<float> right)
    {
        // The shorter row leads, and each step searches what is left of the longer one.
        if (left.Length > right.Length)
            return Compute(rightIndices, right, leftIndices, left);
        BlockedSum sum = new(0);
        int start = 0;
        for (int l = 0; l < left.Length && start < right.Length; l++)
        {
            int found = rightIndices[start..].BinarySearch(leftIndices[l]);
            if (found >= 0)
                sum.Add(leftIndices[l], left[l], right[start + found]);
            start += found >= 0 ? found + 1 : ~found;
        }
        return sum.Total;
    }

    /// <summary>The same inner product where the components of the left row are ones: the sum of the right row's components at some places.</summary>
    /// <param name="places">Indices of the left row's ones, ascending.</param>
    /// <param name="rightIndices">Indices of the right row's components, ascending.</param>
    /// <param name="right">The right row's components.</param>
    /// <remarks>Each index of the shorter list is compared with 16 of the longer at once, which leaves no branch that depends on how they mix.</remarks>
    public static float SumAt(ReadOnlySpan<int> places, ReadOnlySpan<int> rightIndices, ReadOnlySpan<float> right)
    {
        right = right[..rightIndices.Length];
        bool placesAreShorter = places.Length <= rightIndices.Length;
        ReadOnlySpan<int> shorter = placesAreShorter ? places : rightIndices, longer = placesAreShorter ? rightIndices : places;
        if (longer.Length < Block)
            return SumAtFew(places, rightIndices, right);
        BlockedSum sum = new(0);
        int last = longer.Length - Block, first = 0;
        ref int start = ref MemoryMarshal.GetReference(longer);
        for (int s = 0; s < shorter.Length; s++)
        {
            int index = shorter[s];
            while (first < last && Unsafe.Add(ref start, first + Block - 1) < index)
                first = Math.Min(first + Block, last);
            ulong equal = Vector512.Equals(Vector512.LoadUnsafe(ref start, (nuint)first), Vector512.Create(index)).ExtractMostSignificantBits();
            if (equal != 0)
                sum.Add(index, 1, right[placesAreShorter ? first + System.Numerics.BitOperations.TrailingZeroCount(equal) : s]);
        }
        return sum.Total;
    }

    private static float SumAtFew(ReadOnlySpan<int> places, ReadOnlySpan<int> rightIndices, ReadOnlySpan<float> right)
    {
        BlockedSum sum = new(0);
        int p = 0;
        for (int r = 0; r < right.Length; r++)
        {
            while (p < places.Length && places[p] < rightIndices[r])
                p++;
            if (p < places.Length && places[p] == rightIndices[r])
                sum.Add(places[p], 1, right[r]);
        }
        return sum.Total;
    }
}
