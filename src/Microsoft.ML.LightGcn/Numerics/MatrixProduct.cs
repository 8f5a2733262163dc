using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// The kernel of dense products: C = A B, or C += A B, for small row-major B and C. A is read through two strides, so a
/// transposed A costs nothing.
/// </summary>
/// <remarks>
/// Every element of C is one chain of fused multiply-adds in ascending order of the inner index, in blocks of
/// <see cref="DepthBlock"/> whose sums are added in order. The result does not depend on the register width.
/// </remarks>
internal static unsafe class MatrixProduct
{
    /// <summary>Rows of B that stay in the first-level cache while all rows of A pass: 256 rows of two 64-byte registers.</summary>
    public const int DepthBlock = 256;

    private const int RowBlock = 8;

    /// <summary>Computes the product.</summary>
    /// <param name="a">A, m x k: element (i, j) is a[i * aRowStride + j * aColumnStride].</param>
    /// <param name="aRowStride">Floats from one row of A to the next.</param>
    /// <param name="aColumnStride">Floats from one column of A to the next.</param>
    /// <param name="b">B, k x n, row-major.</param>
    /// <param name="bStride">Floats from one row of B to the next.</param>
    /// <param name="c">C, m x n, row-major; overlaps neither A nor B.</param>
    /// <param name="cStride">Floats from one row of C to the next.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C: a multiple of <see cref="Matrix.ComponentBlock"/>.</param>
    /// <param name="k">Columns of A, rows of B; at least 1.</param>
    /// <param name="accumulate">Whether to add to C rather than to overwrite it.</param>
    public static void Multiply(
        ReadOnlySpan<float> a,
        int aRowStride,
        int aColumnStride,
        ReadOnlySpan<float> b,
        int bStride,
        Span<float> c,
        int cStride,
        int m,
        int n,
        int k,
        bool accumulate)
    {
        if (m == 0 || n == 0)
            return;
        Spans.CheckRoom(a, (m - 1L) * aRowStride + (k - 1L) * aColumnStride + 1);
        Spans.CheckRoom(b, (k - 1L) * bStride + n);
        Spans.CheckRoom(c, (m - 1L) * cStride + n);
        fixed (float* left = a, right = b, product = c)
            Multiply(left, aRowStride, aColumnStride, right, bStride, product, cStride, m, n, k, accumulate);
    }

    private static void Multiply(
        float* a, nint aRowStride, nint aColumnStride, float* b, nint bStride, float* c, nint cStride, int m, int n, int k, bool accumulate)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Width512, Vector512<float>>(a, aRowStride, aColumnStride, b, bStride, c, cStride, m, n, k, accumulate);
        else if (Vector256.IsHardwareAccelerated)
            Multiply<Width256, Vector256<float>>(a, aRowStride, aColumnStride, b, bStride, c, cStride, m, n, k, accumulate);
        else
            Multiply<Width128, Vector128<float>>(a, aRowStride, aColumnStride, b, bStride, c, cStride, m, n, k, accumulate);
    }

    internal static void Multiply<TWidth, TVector>(
        float* a, nint aRowStride, nint aColumnStride, float* b, nint bStride, float* c, nint cStride, int m, int n, int k, bool accumulate)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        for (int first = 0; first < k; first += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, k - first);
            bool add = accumulate || first > 0;
            float* aBlock = a + first * aColumnStride;
            float* bBlock = b + first * bStride;
            int column = 0;
            for (; column <= n - 2 * TWidth.Count; column += 2 * TWidth.Count)
            {
                int row = 0;
                for (; row <= m - RowBlock; row += RowBlock)
                    Tile<TWidth, TVector>(
                        aBlock + row * aRowStride, aRowStride, aColumnStride, bBlock + column, bStride, c + row * cStride + column, cStride, depth, add);
                for (; row < m; row++)
                    Row<TWidth, TVector>(aBlock + row * aRowStride, aColumnStride, bBlock + column, bStride, c + row * cStride + column, depth, add, 2);
            }
            // Sixteen columns are one register of 512 bits, and there may be sixteen left.
            for (; column < n; column += TWidth.Count)
            {
                int row = 0;
                for (; row <= m - RowBlock; row += RowBlock)
                    NarrowTile<TWidth, TVector>(
                        aBlock + row * aRowStride, aRowStride, aColumnStride, bBlock + column, bStride, c + row * cStride + column, cStride, depth, add);
                for (; row < m; row++)
                    Row<TWidth, TVector>(aBlock + row * aRowStride, aColumnStride, bBlock + column, bStride, c + row * cStride + column, depth, add, 1);
            }
        }
    }

    /// <summary>Eight rows by two registers: sixteen running sums, in two halves where there are sixteen registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TWidth, TVector>(
        float* a, nint aRowStride, nint aColumnStride, float* b, nint bStride, float* c, nint cStride, int depth, bool add)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        if (typeof(TWidth) == typeof(Width256))
        {
            HalfTile<TWidth, TVector>(a, aRowStride, aColumnStride, b, bStride, c, cStride, depth, add);
            HalfTile<TWidth, TVector>(a + 4 * aRowStride, aRowStride, aColumnStride, b, bStride, c + 4 * cStride, cStride, depth, add);
        }
        else
        {
            FullTile<TWidth, TVector>(a, aRowStride, aColumnStride, b, bStride, c, cStride, depth, add);
        }
    }

    private static void FullTile<TWidth, TVector>(
        float* a, nint aRowStride, nint aColumnStride, float* b, nint bStride, float* c, nint cStride, int depth, bool add)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* r1 = a + aRowStride, r2 = r1 + aRowStride, r3 = r2 + aRowStride, r4 = r3 + aRowStride,
            r5 = r4 + aRowStride, r6 = r5 + aRowStride, r7 = r6 + aRowStride;
        TVector s0 = TWidth.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        TVector t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0, t5 = s0, t6 = s0, t7 = s0;
        nint k = 0;
        for (int d = 0; d < depth; d++)
        {
            TVector left = TWidth.Load(b), right = TWidth.Load(b + TWidth.Count);
            b += bStride;
            TVector x = TWidth.Broadcast(a[k]);
            s0 = TWidth.FusedMultiplyAdd(x, left, s0);
            t0 = TWidth.FusedMultiplyAdd(x, right, t0);
            x = TWidth.Broadcast(r1[k]);
            s1 = TWidth.FusedMultiplyAdd(x, left, s1);
            t1 = TWidth.FusedMultiplyAdd(x, right, t1);
            x = TWidth.Broadcast(r2[k]);
            s2 = TWidth.FusedMultiplyAdd(x, left, s2);
            t2 = TWidth.FusedMultiplyAdd(x, right, t2);
            x = TWidth.Broadcast(r3[k]);
            s3 = TWidth.FusedMultiplyAdd(x, left, s3);
            t3 = TWidth.FusedMultiplyAdd(x, right, t3);
            x = TWidth.Broadcast(r4[k]);
            s4 = TWidth.FusedMultiplyAdd(x, left, s4);
            t4 = TWidth.FusedMultiplyAdd(x, right, t4);
            x = TWidth.Broadcast(r5[k]);
            s5 = TWidth.FusedMultiplyAdd(x, left, s5);
            t5 = TWidth.FusedMultiplyAdd(x, right, t5);
            x = TWidth.Broadcast(r6[k]);
            s6 = TWidth.FusedMultiplyAdd(x, left, s6);
            t6 = TWidth.FusedMultiplyAdd(x, right, t6);
            x = TWidth.Broadcast(r7[k]);
            s7 = TWidth.FusedMultiplyAdd(x, left, s7);
            t7 = TWidth.FusedMultiplyAdd(x, right, t7);
            k += aColumnStride;
        }
        Finish<TWidth, TVector>(c, s0, t0, add);
        Finish<TWidth, TVector>(c + cStride, s1, t1, add);
        Finish<TWidth, TVector>(c + 2 * cStride, s2, t2, add);
        Finish<TWidth, TVector>(c + 3 * cStride, s3, t3, add);
        Finish<TWidth, TVector>(c + 4 * cStride, s4, t4, add);
        Finish<TWidth, TVector>(c + 5 * cStride, s5, t5, add);
        Finish<TWidth, TVector>(c + 6 * cStride, s6, t6, add);
        Finish<TWidth, TVector>(c + 7 * cStride, s7, t7, add);
    }

    private static void HalfTile<TWidth, TVector>(
        float* a, nint aRowStride, nint aColumnStride, float* b, nint bStride, float* c, nint cStride, int depth, bool add)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* r1 = a + aRowStride, r2 = r1 + aRowStride, r3 = r2 + aRowStride;
        TVector s0 = TWidth.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
        nint k = 0;
        for (int d = 0; d < depth; d++)
        {
            TVector left = TWidth.Load(b), right = TWidth.Load(b + TWidth.Count);
            b += bStride;
            TVector x = TWidth.Broadcast(a[k]);
            s0 = TWidth.FusedMultiplyAdd(x, left, s0);
            t0 = TWidth.FusedMultiplyAdd(x, right, t0);
            x = TWidth.Broadcast(r1[k]);
            s1 = TWidth.FusedMultiplyAdd(x, left, s1);
            t1 = TWidth.FusedMultiplyAdd(x, right, t1);
            x = TWidth.Broadcast(r2[k]);
            s2 = TWidth.FusedMultiplyAdd(x, left, s2);
            t2 = TWidth.FusedMultiplyAdd(x, right, t2);
            x = TWidth.Broadcast(r3[k]);
            s3 = TWidth.FusedMultiplyAdd(x, left, s3);
            t3 = TWidth.FusedMultiplyAdd(x, right, t3);
            k += aColumnStride;
        }
        Finish<TWidth, TVector>(c, s0, t0, add);
        Finish<TWidth, TVector>(c + cStride, s1, t1, add);
        Finish<TWidth, TVector>(c + 2 * cStride, s2, t2, add);
        Finish<TWidth, TVector>(c + 3 * cStride, s3, t3, add);
    }

    /// <summary>Eight rows by one register: as many chains as keep two units of multiply-adds busy.</summary>
    private static void NarrowTile<TWidth, TVector>(
        float* a, nint aRowStride, nint aColumnStride, float* b, nint bStride, float* c, nint cStride, int depth, bool add)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* r1 = a + aRowStride, r2 = r1 + aRowStride, r3 = r2 + aRowStride, r4 = r3 + aRowStride,
            r5 = r4 + aRowStride, r6 = r5 + aRowStride, r7 = r6 + aRowStride;
        TVector s0 = TWidth.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        nint k = 0;
        for (int d = 0; d < depth; d++)
        {
            TVector x = TWidth.Load(b);
            b += bStride;
            s0 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(a[k]), x, s0);
            s1 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(r1[k]), x, s1);
            s2 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(r2[k]), x, s2);
            s3 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(r3[k]), x, s3);
            s4 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(r4[k]), x, s4);
            s5 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(r5[k]), x, s5);
            s6 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(r6[k]), x, s6);
            s7 = TWidth.FusedMultiplyAdd(TWidth.Broadcast(r7[k]), x, s7);
            k += aColumnStride;
        }
        Store<TWidth, TVector>(c, s0, add);
        Store<TWidth, TVector>(c + cStride, s1, add);
        Store<TWidth, TVector>(c + 2 * cStride, s2, add);
        Store<TWidth, TVector>(c + 3 * cStride, s3, add);
        Store<TWidth, TVector>(c + 4 * cStride, s4, add);
        Store<TWidth, TVector>(c + 5 * cStride, s5, add);
        Store<TWidth, TVector>(c + 6 * cStride, s6, add);
        Store<TWidth, TVector>(c + 7 * cStride, s7, add);
    }

    /// <summary>One row by one or two registers: what the tiles leave over.</summary>
    private static void Row<TWidth, TVector>(float* a, nint aColumnStride, float* b, nint bStride, float* c, int depth, bool add, int registers)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        for (int register = 0; register < registers; register++)
        {
            TVector sum = TWidth.Broadcast(0);
            float* row = b + register * TWidth.Count;
            nint k = 0;
            for (int d = 0; d < depth; d++)
            {
                sum = TWidth.FusedMultiplyAdd(TWidth.Broadcast(a[k]), TWidth.Load(row), sum);
                row += bStride;
                k += aColumnStride;
            }
            Store<TWidth, TVector>(c + register * TWidth.Count, sum, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TWidth, TVector>(float* c, TVector left, TVector right, bool add)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        Store<TWidth, TVector>(c, left, add);
        Store<TWidth, TVector>(c + TWidth.Count, right, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth, TVector>(float* c, TVector sum, bool add)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct =>
        TWidth.Store(add ? TWidth.Add(TWidth.Load(c), sum) : sum, c);
}
