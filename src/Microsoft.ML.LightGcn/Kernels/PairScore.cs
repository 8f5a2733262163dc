using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.LightGcn.Kernels;

/// <summary>
/// The inner product of two embeddings by exactly the definition of <see cref="RowPanels"/>, so that a single pair gets the
/// same bits as the same pair in a product of whole tables: blocks of 16 components, each summed from 0 in ascending order by
/// fused multiply-adds, block sums added in ascending order.
/// </summary>
internal static class PairScore
{
    private const int Block = EmbeddingTable.ComponentBlock;

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
}
