using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Solves 16 symmetric positive definite systems of the same size side by side, each in a lane of its own: Cholesky's factorisation row by row, then
/// both substitutions, in float32.
/// </summary>
/// <remarks>
/// Every number of a system stands beside the same number of the others, so that all arithmetic is on whole registers, whatever the size: a small
/// system by itself would fill few of them. The relative error is about 1e-7 times the condition number. Lanes don't meet, so results do not depend on
/// what stands beside a system, nor on the register width.
/// </remarks>
internal static unsafe class BatchedCholesky
{
    /// <summary>Number of systems side by side.</summary>
    public const int Lanes = 16;

    private const int ColumnsAtOnce = 4;

    /// <summary>Entries of the lower triangle of a matrix.</summary>
    public static int TriangleOf(int size) => size * (size + 1) / 2;

    /// <summary>Solves the systems in place.</summary>
    /// <param name="triangles">
    /// Lower triangles row by row: entry (r, c) of lane l at (r (r + 1) / 2 + c) * <see cref="Lanes"/> + l. Overwritten by the factors.
    /// </param>
    /// <param name="vectors">
    /// Right-hand sides: entry r of lane l at r * <see cref="Lanes"/> + l. Overwritten by the solutions; NaN in a lane whose matrix is not positive
    /// definite to the precision of float32.
    /// </param>
    /// <param name="size">Number of rows of each matrix.</param>
    public static void Solve(Span<float> triangles, Span<float> vectors, int size)
    {
        Spans.CheckRoom(triangles, (long)TriangleOf(size) * Lanes);
        Spans.CheckRoom(vectors, (long)size * Lanes);
        fixed (float* matrix = triangles, vector = vectors)
        {
            for (int row = 0; row < size; row++)
                FactorRow(matrix, row);
            SubstituteForward(matrix, vector, size);
            SubstituteBackward(matrix, vector, size);
        }
    }

    private static float* Row(float* matrix, int row) => matrix + (nint)TriangleOf(row) * Lanes;

    /// <summary>
    /// Writes a row of the factor over that of the matrix: L_rc = (A_rc - sum over k before c of L_rk L_ck) / L_cc, in whose place on the diagonal stands
    /// 1 / L_rr. Four columns at a time are four chains of sums, which keeps the processor busy.
    /// </summary>
    private static void FactorRow(float* matrix, int row)
    {
        float* current = Row(matrix, row);
        int column = 0;
        for (; column + ColumnsAtOnce <= row; column += ColumnsAtOnce)
        {
            float* a = Row(matrix, column), b = Row(matrix, column + 1), c = Row(matrix, column + 2), d = Row(matrix, column + 3);
            Vector512<float> sumA = default, sumB = default, sumC = default, sumD = default;
            nint end = (nint)column * Lanes;
            for (nint k = 0; k < end; k += Lanes)
            {
                Vector512<float> left = Vector512.Load(current + k);
                sumA = Vector512.FusedMultiplyAdd(left, Vector512.Load(a + k), sumA);
                sumB = Vector512.FusedMultiplyAdd(left, Vector512.Load(b + k), sumB);
                sumC = Vector512.FusedMultiplyAdd(left, Vector512.Load(c + k), sumC);
                sumD = Vector512.FusedMultiplyAdd(left, Vector512.Load(d + k), sumD);
            }
            Finish(current, a, column, sumA);
            Finish(current, b, column + 1, Extend(current, b, column, 1, sumB));
            Finish(current, c, column + 2, Extend(current, c, column, 2, sumC));
            Finish(current, d, column + 3, Extend(current, d, column, 3, sumD));
        }
        for (; column < row; column++)
        {
            float* other = Row(matrix, column);
            Finish(current, other, column, Extend(current, other, 0, column, default));
        }
        float* diagonal = current + (nint)row * Lanes;
        Vector512<float> pivot = Vector512.Load(diagonal) - Extend(current, current, 0, row, default);
        // The root of a number that is not positive, or its inverse, is no number, and so is all that follows.
        (Vector512<float>.One / Vector512.Sqrt(pivot)).Store(diagonal);
    }

    /// <summary>Adds the products of some columns of two rows to a sum.</summary>
    private static Vector512<float> Extend(float* left, float* right, int first, int count, Vector512<float> sum)
    {
        for (nint k = (nint)first * Lanes; k < (nint)(first + count) * Lanes; k += Lanes)
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(left + k), Vector512.Load(right + k), sum);
        return sum;
    }

    private static void Finish(float* current, float* other, int column, Vector512<float> sum)
    {
        nint place = (nint)column * Lanes;
        ((Vector512.Load(current + place) - sum) * Vector512.Load(other + place)).Store(current + place);
    }

    /// <summary>Solves L y = b.</summary>
    private static void SubstituteForward(float* matrix, float* vector, int size)
    {
        for (int row = 0; row < size; row++)
        {
            float* current = Row(matrix, row), target = vector + (nint)row * Lanes;
            ((Vector512.Load(target) - Extend(current, vector, 0, row, default)) * Vector512.Load(current + (nint)row * Lanes)).Store(target);
        }
    }

    /// <summary>Solves L^T x = y: once an entry is known, it is taken out of all before it, along a row.</summary>
    private static void SubstituteBackward(float* matrix, float* vector, int size)
    {
        for (int row = size - 1; row >= 0; row--)
        {
            float* current = Row(matrix, row), target = vector + (nint)row * Lanes;
            Vector512<float> solved = Vector512.Load(target) * Vector512.Load(current + (nint)row * Lanes);
            solved.Store(target);
            for (nint k = 0; k < (nint)row * Lanes; k += Lanes)
                Vector512.FusedMultiplyAdd(-solved, Vector512.Load(current + k), Vector512.Load(vector + k)).Store(vector + k);
        }
    }
}
