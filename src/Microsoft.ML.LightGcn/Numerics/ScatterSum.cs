using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Adds to the scores of all items the weighted rows of the items in a user's history: the inner product of a sparse user
/// vector with every item's vector.
/// </summary>
/// <remarks>
/// By the definition of <see cref="RowPanels"/>: history items are components, cut into blocks of 16 indices; each block is
/// summed from 0 in ascending order by fused multiply-adds, and the block sums are added in ascending order to the score.
/// Blocks without history items add zero, and are left out. The result does not depend on the register width.
/// </remarks>
internal static unsafe class ScatterSum
{
    /// <summary>log2 of the number of components in a block of the inner product.</summary>
    public const int BlockShift = 4;

    /// <summary>scores[i] += sum over history positions h of factors[h] * row of items[h] [i], in blocks.</summary>
    /// <param name="items">Item indices, ascending.</param>
    /// <param name="factors">The user vector's value for each of them.</param>
    /// <param name="rows">The row of item <paramref name="firstItem"/>; those of later items follow.</param>
    /// <param name="firstItem">The item of the first row.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="scores">Scores of all items, updated.</param>
    public static void Add(ReadOnlySpan<int> items, ReadOnlySpan<float> factors, ReadOnlySpan<float> rows, int firstItem, int stride, Span<float> scores)
    {
        if (items.IsEmpty)
            return;
        Spans.CheckRoom(factors, items.Length);
        // Items ascend: the last has the last row.
        Spans.CheckRoom(rows, (items[^1] - (long)firstItem) * stride + scores.Length);
        fixed (float* first = rows)
            Add(items, factors, first, firstItem, stride, scores);
    }

    private static void Add(ReadOnlySpan<int> items, ReadOnlySpan<float> factors, float* rows, int firstItem, nint stride, Span<float> scores)
    {
        const int Panel = 4;
        int width = Vector512<float>.Count, column = 0;
        fixed (float* output = scores)
        {
            for (; column <= scores.Length - Panel * width; column += Panel * width)
            {
                float* target = output + column;
                Vector512<float> a = Vector512.Load(target), b = Vector512.Load(target + width),
                    c = Vector512.Load(target + 2 * width), d = Vector512.Load(target + 3 * width);
                Vector512<float> sumA = default, sumB = default, sumC = default, sumD = default;
                int block = -1;
                for (int h = 0; h < items.Length; h++)
                {
                    if (items[h] >> BlockShift != block)
                    {
                        block = items[h] >> BlockShift;
                        a += sumA;
                        b += sumB;
                        c += sumC;
                        d += sumD;
                        sumA = sumB = sumC = sumD = default;
                    }
                    float* row = rows + (items[h] - firstItem) * stride + column;
                    Vector512<float> factor = Vector512.Create(factors[h]);
                    sumA = Vector512.FusedMultiplyAdd(factor, Vector512.Load(row), sumA);
                    sumB = Vector512.FusedMultiplyAdd(factor, Vector512.Load(row + width), sumB);
                    sumC = Vector512.FusedMultiplyAdd(factor, Vector512.Load(row + 2 * width), sumC);
                    sumD = Vector512.FusedMultiplyAdd(factor, Vector512.Load(row + 3 * width), sumD);
                }
                (a + sumA).Store(target);
                (b + sumB).Store(target + width);
                (c + sumC).Store(target + 2 * width);
                (d + sumD).Store(target + 3 * width);
            }
            for (; column < scores.Length; column++)
            {
                BlockedSum sum = new(output[column]);
                for (int h = 0; h < items.Length; h++)
                    sum.Add(items[h], factors[h], rows[(items[h] - firstItem) * stride + column]);
                output[column] = sum.Total;
            }
        }
    }
}

/// <summary>One inner product, by the definition of <see cref="RowPanels"/>, of vectors of which most components are zero.</summary>
internal struct BlockedSum(float start)
{
    private float _total = start;
    private float _sum;
    private int _block = -1;

    /// <summary>The inner product of what was added.</summary>
    public readonly float Total => _total + _sum;

    /// <summary>Adds the product of a component of both vectors; components come in ascending order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int component, float left, float right)
    {
        if (component >> ScatterSum.BlockShift != _block)
        {
            _block = component >> ScatterSum.BlockShift;
            _total += _sum;
            _sum = 0;
        }
        _sum = MathF.FusedMultiplyAdd(left, right, _sum);
    }
}
