using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Kernels;

/// <summary>
/// The kernel of propagation: output = scale * (sum of the indexed input rows) + carryScale * carry, for one row.
/// </summary>
/// <remarks>
/// The rows are added in the order of the index list, component by component, in float32; the two products are a fused
/// multiply-add: fma(carryScale, carry, scale * sum). Without a carry row the second term is absent. The result does not
/// depend on the register width.
/// </remarks>
internal static unsafe class NeighbourSum
{
    /// <summary>Sums the rows of one output row.</summary>
    /// <param name="rows">Indices of the input rows.</param>
    /// <param name="rowCount">Number of indices; 0 gives a sum of zero.</param>
    /// <param name="input">Input table, rows of stride floats.</param>
    /// <param name="stride">Floats a row: a multiple of <see cref="EmbeddingTable.ComponentBlock"/>.</param>
    /// <param name="scale">Factor of the sum.</param>
    /// <param name="carry">Row to add, or null.</param>
    /// <param name="carryScale">Factor of the row to add.</param>
    /// <param name="output">The row to write; must not be one of the input rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute(int* rows, int rowCount, float* input, int stride, float scale, float* carry, float carryScale, float* output)
    {
        if (Vector512.IsHardwareAccelerated)
            Compute<Width512, Vector512<float>>(rows, rowCount, input, stride, scale, carry, carryScale, output);
        else if (Vector256.IsHardwareAccelerated)
            Compute<Width256, Vector256<float>>(rows, rowCount, input, stride, scale, carry, carryScale, output);
        else
            Compute<Width128, Vector128<float>>(rows, rowCount, input, stride, scale, carry, carryScale, output);
    }

    internal static void Compute<TWidth, TVector>(int* rows, int rowCount, float* input, int stride, float scale, float* carry, float carryScale, float* output)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        int column = 0;
        // The widest panel keeps eight registers of running sums: two additions a cycle hide their latency of four.
        for (; column <= stride - 8 * TWidth.Count; column += 8 * TWidth.Count)
            Panel8<TWidth, TVector>(rows, rowCount, input + column, stride, scale, carry == null ? null : carry + column, carryScale, output + column);
        for (; column <= stride - 4 * TWidth.Count; column += 4 * TWidth.Count)
            Panel4<TWidth, TVector>(rows, rowCount, input + column, stride, scale, carry == null ? null : carry + column, carryScale, output + column);
        for (; column < stride; column += TWidth.Count)
            Panel1<TWidth, TVector>(rows, rowCount, input + column, stride, scale, carry == null ? null : carry + column, carryScale, output + column);
    }

    private static void Panel8<TWidth, TVector>(int* rows, int rowCount, float* input, int stride, float scale, float* carry, float carryScale, float* output)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector s0 = TWidth.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (int r = 0; r < rowCount; r++)
        {
            float* row = input + (nint)rows[r] * stride;
            s0 = TWidth.Add(s0, TWidth.Load(row));
            s1 = TWidth.Add(s1, TWidth.Load(row + TWidth.Count));
            s2 = TWidth.Add(s2, TWidth.Load(row + 2 * TWidth.Count));
            s3 = TWidth.Add(s3, TWidth.Load(row + 3 * TWidth.Count));
            s4 = TWidth.Add(s4, TWidth.Load(row + 4 * TWidth.Count));
            s5 = TWidth.Add(s5, TWidth.Load(row + 5 * TWidth.Count));
            s6 = TWidth.Add(s6, TWidth.Load(row + 6 * TWidth.Count));
            s7 = TWidth.Add(s7, TWidth.Load(row + 7 * TWidth.Count));
        }
        Finish<TWidth, TVector>(s0, scale, carry, carryScale, output, 0);
        Finish<TWidth, TVector>(s1, scale, carry, carryScale, output, TWidth.Count);
        Finish<TWidth, TVector>(s2, scale, carry, carryScale, output, 2 * TWidth.Count);
        Finish<TWidth, TVector>(s3, scale, carry, carryScale, output, 3 * TWidth.Count);
        Finish<TWidth, TVector>(s4, scale, carry, carryScale, output, 4 * TWidth.Count);
        Finish<TWidth, TVector>(s5, scale, carry, carryScale, output, 5 * TWidth.Count);
        Finish<TWidth, TVector>(s6, scale, carry, carryScale, output, 6 * TWidth.Count);
        Finish<TWidth, TVector>(s7, scale, carry, carryScale, output, 7 * TWidth.Count);
    }

    private static void Panel4<TWidth, TVector>(int* rows, int rowCount, float* input, int stride, float scale, float* carry, float carryScale, float* output)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector s0 = TWidth.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
        for (int r = 0; r < rowCount; r++)
        {
            float* row = input + (nint)rows[r] * stride;
            s0 = TWidth.Add(s0, TWidth.Load(row));
            s1 = TWidth.Add(s1, TWidth.Load(row + TWidth.Count));
            s2 = TWidth.Add(s2, TWidth.Load(row + 2 * TWidth.Count));
            s3 = TWidth.Add(s3, TWidth.Load(row + 3 * TWidth.Count));
        }
        Finish<TWidth, TVector>(s0, scale, carry, carryScale, output, 0);
        Finish<TWidth, TVector>(s1, scale, carry, carryScale, output, TWidth.Count);
        Finish<TWidth, TVector>(s2, scale, carry, carryScale, output, 2 * TWidth.Count);
        Finish<TWidth, TVector>(s3, scale, carry, carryScale, output, 3 * TWidth.Count);
    }

    private static void Panel1<TWidth, TVector>(int* rows, int rowCount, float* input, int stride, float scale, float* carry, float carryScale, float* output)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector sum = TWidth.Broadcast(0);
        for (int r = 0; r < rowCount; r++)
            sum = TWidth.Add(sum, TWidth.Load(input + (nint)rows[r] * stride));
        Finish<TWidth, TVector>(sum, scale, carry, carryScale, output, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TWidth, TVector>(TVector sum, float scale, float* carry, float carryScale, float* output, int column)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector scaled = TWidth.Multiply(TWidth.Broadcast(scale), sum);
        if (carry != null)
            scaled = TWidth.FusedMultiplyAdd(TWidth.Broadcast(carryScale), TWidth.Load(carry + column), scaled);
        TWidth.Store(scaled, output + column);
    }
}
