using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// The kernel of propagation: output = scale * (sum of the indexed input rows, each times its weight) + carryScale * carry, for
/// one row.
/// </summary>
/// <remarks>
/// The rows are added in the order of the index list, component by component, in float32; with weights by fused multiply-adds,
/// sum = fma(weight, row, sum). The two products at the end are one as well: fma(carryScale, carry, scale * sum). Without a carry
/// row the second term is absent. The result does not depend on the register width. Input and output components are float or
/// <see cref="Bfloat16"/>, which is widened as it is read and rounded as it is written.
/// </remarks>
internal static unsafe class GatherSum
{
    // Rows are scattered, so that no processor foresees them: they are fetched so far ahead that they come from the third-level cache or
    // memory in time, and fill no more than a fifth of the first.
    private const int PrefetchedBytes = 10 << 10;

    // Running sums kept in registers: two additions a cycle hide their latency of four.
    private const int MostRegisters = 8;

    /// <summary>Sums the rows of one output row.</summary>
    /// <param name="rows">Indices of the input rows.</param>
    /// <param name="weights">The weight of each of them; null for a plain sum.</param>
    /// <param name="rowCount">Number of indices; 0 gives a sum of zero.</param>
    /// <param name="readableCount">
    /// Number of indices that can be read, at least rowCount: those after the last are of the rows to be summed next, which are fetched ahead.
    /// </param>
    /// <param name="input">Input table, rows of stride components.</param>
    /// <param name="stride">Components a row: a multiple of <see cref="Matrix.ComponentBlock"/>.</param>
    /// <param name="scale">Factor of the sum.</param>
    /// <param name="carry">Row to add, or null.</param>
    /// <param name="carryScale">Factor of the row to add.</param>
    /// <param name="output">The row to write; may be the carry row, must not be one of the input rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute<TInput, TOutput>(
        int* rows, float* weights, int rowCount, int readableCount, TInput* input, int stride, float scale, float* carry, float carryScale, TOutput* output)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        if (weights == null)
            Compute<Plain, TInput, TOutput>(rows, weights, rowCount, readableCount, input, stride, scale, carry, carryScale, output);
        else
            Compute<Weighted, TInput, TOutput>(rows, weights, rowCount, readableCount, input, stride, scale, carry, carryScale, output);
    }

    /// <summary>The same for one row alone.</summary>
    /// <param name="rows">Indices of the input rows.</param>
    /// <param name="weights">The weight of each of them; empty for a plain sum.</param>
    /// <param name="input">Input table, rows as long as the output.</param>
    /// <param name="scale">Factor of the sum.</param>
    /// <param name="carry">Row to add; empty for none.</param>
    /// <param name="carryScale">Factor of the row to add.</param>
    /// <param name="output">
    /// The row to write: a multiple of <see cref="Matrix.ComponentBlock"/>. It may be the carry row; it must not be one of the input rows.
    /// </param>
    public static void Compute(
        ReadOnlySpan<int> rows,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<float> input,
        float scale,
        ReadOnlySpan<float> carry,
        float carryScale,
        Span<float> output)
    {
        fixed (int* indices = rows)
        fixed (float* factors = weights, table = input, add = carry, row = output)
            Compute(indices, factors, rows.Length, rows.Length, table, output.Length, scale, add, carryScale, row);
    }

    /// <summary>output = carryScale * carry, by the same rules; zeros without a carry row.</summary>
    public static void Scale<TOutput>(ReadOnlySpan<float> carry, float carryScale, Span<TOutput> output)
        where TOutput : unmanaged
    {
        fixed (float* add = carry)
        fixed (TOutput* row = output)
            Compute<Plain, float, TOutput>(null, null, 0, 0, null, output.Length, 0, add, carryScale, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute<TEdges, TInput, TOutput>(
        int* rows, float* weights, int rowCount, int readableCount, TInput* input, int stride, float scale, float* carry, float carryScale, TOutput* output)
        where TEdges : struct
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        if (Vector512.IsHardwareAccelerated)
            Compute<Width512, Vector512<float>, TEdges, TInput, TOutput>(
                rows, weights, rowCount, readableCount, input, stride, scale, carry, carryScale, output);
        else if (Vector256.IsHardwareAccelerated)
            Compute<Width256, Vector256<float>, TEdges, TInput, TOutput>(
                rows, weights, rowCount, readableCount, input, stride, scale, carry, carryScale, output);
        else
            Compute<Width128, Vector128<float>, TEdges, TInput, TOutput>(
                rows, weights, rowCount, readableCount, input, stride, scale, carry, carryScale, output);
    }

    internal static void Compute<TWidth, TVector, TEdges, TInput, TOutput>(
        int* rows, float* weights, int rowCount, int readableCount, TInput* input, int stride, float scale, float* carry, float carryScale, TOutput* output)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
        where TEdges : struct
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        for (int column = 0, registers; column < stride; column += registers * TWidth.Count)
        {
            registers = Math.Min((stride - column) / TWidth.Count, MostRegisters);
            float* add = carry == null ? null : carry + column;
            switch (registers)
            {
                case 8:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, Eight>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
                case 7:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, Seven>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
                case 6:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, Six>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
                case 5:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, Five>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
                case 4:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, Four>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
                case 3:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, Three>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
                case 2:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, Two>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
                default:
                    Panel<TWidth, TVector, TEdges, TInput, TOutput, One>(
                        rows, weights, rowCount, readableCount, input + column, stride, scale, add, carryScale, output + column);
                    break;
            }
        }
    }

    /// <summary>Sums the components of some registers: the JIT compiles it for each number of them, so that the list is read once for all.</summary>
    private static void Panel<TWidth, TVector, TEdges, TInput, TOutput, TCount>(
        int* rows, float* weights, int rowCount, int readableCount, TInput* input, int stride, float scale, float* carry, float carryScale, TOutput* output)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
        where TEdges : struct
        where TInput : unmanaged
        where TOutput : unmanaged
        where TCount : struct, IRegisterCount
    {
        TVector zero = TWidth.Broadcast(0), s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
        nint rowLength = stride;
        int distance = PrefetchedBytes / (TCount.Value * TWidth.Count * sizeof(TInput)), fetched = Math.Min(rowCount, readableCount - distance);
        for (int r = 0; r < rowCount; r++)
        {
            if (r < fetched)
                Prefetch(input + rows[r + distance] * rowLength, TCount.Value * TWidth.Count);
            TInput* row = input + rows[r] * rowLength;
            TVector weight = WeightOf<TWidth, TVector, TEdges>(weights, r);
            s0 = Add<TWidth, TVector, TEdges>(s0, Load<TWidth, TVector, TInput>(row), weight);
            if (TCount.Value > 1)
                s1 = Add<TWidth, TVector, TEdges>(s1, Load<TWidth, TVector, TInput>(row + TWidth.Count), weight);
            if (TCount.Value > 2)
                s2 = Add<TWidth, TVector, TEdges>(s2, Load<TWidth, TVector, TInput>(row + 2 * TWidth.Count), weight);
            if (TCount.Value > 3)
                s3 = Add<TWidth, TVector, TEdges>(s3, Load<TWidth, TVector, TInput>(row + 3 * TWidth.Count), weight);
            if (TCount.Value > 4)
                s4 = Add<TWidth, TVector, TEdges>(s4, Load<TWidth, TVector, TInput>(row + 4 * TWidth.Count), weight);
            if (TCount.Value > 5)
                s5 = Add<TWidth, TVector, TEdges>(s5, Load<TWidth, TVector, TInput>(row + 5 * TWidth.Count), weight);
            if (TCount.Value > 6)
                s6 = Add<TWidth, TVector, TEdges>(s6, Load<TWidth, TVector, TInput>(row + 6 * TWidth.Count), weight);
            if (TCount.Value > 7)
                s7 = Add<TWidth, TVector, TEdges>(s7, Load<TWidth, TVector, TInput>(row + 7 * TWidth.Count), weight);
        }
        Finish<TWidth, TVector, TOutput>(s0, scale, carry, carryScale, output, 0);
        if (TCount.Value > 1)
            Finish<TWidth, TVector, TOutput>(s1, scale, carry, carryScale, output, TWidth.Count);
        if (TCount.Value > 2)
            Finish<TWidth, TVector, TOutput>(s2, scale, carry, carryScale, output, 2 * TWidth.Count);
        if (TCount.Value > 3)
            Finish<TWidth, TVector, TOutput>(s3, scale, carry, carryScale, output, 3 * TWidth.Count);
        if (TCount.Value > 4)
            Finish<TWidth, TVector, TOutput>(s4, scale, carry, carryScale, output, 4 * TWidth.Count);
        if (TCount.Value > 5)
            Finish<TWidth, TVector, TOutput>(s5, scale, carry, carryScale, output, 5 * TWidth.Count);
        if (TCount.Value > 6)
            Finish<TWidth, TVector, TOutput>(s6, scale, carry, carryScale, output, 6 * TWidth.Count);
        if (TCount.Value > 7)
            Finish<TWidth, TVector, TOutput>(s7, scale, carry, carryScale, output, 7 * TWidth.Count);
    }

    /// <summary>Brings the first components of a row, at most eight lines, into the cache. .NET has no such instruction for arm64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<TInput>(TInput* row, int components)
        where TInput : unmanaged
    {
        if (!Sse.IsSupported)
            return;
        // The JIT decides these comparisons of constants.
        byte* line = (byte*)row;
        int size = components * sizeof(TInput);
        Sse.Prefetch0(line);
        if (size > CacheLines.Size)
            Sse.Prefetch0(line + CacheLines.Size);
        if (size > 2 * CacheLines.Size)
            Sse.Prefetch0(line + 2 * CacheLines.Size);
        if (size > 3 * CacheLines.Size)
            Sse.Prefetch0(line + 3 * CacheLines.Size);
        if (size > 4 * CacheLines.Size)
            Sse.Prefetch0(line + 4 * CacheLines.Size);
        if (size > 5 * CacheLines.Size)
            Sse.Prefetch0(line + 5 * CacheLines.Size);
        if (size > 6 * CacheLines.Size)
            Sse.Prefetch0(line + 6 * CacheLines.Size);
        if (size > 7 * CacheLines.Size)
            Sse.Prefetch0(line + 7 * CacheLines.Size);
    }

    // The JIT decides these comparisons of types for each kind of edges.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector WeightOf<TWidth, TVector, TEdges>(float* weights, int row)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
        where TEdges : struct => typeof(TEdges) == typeof(Weighted) ? TWidth.Broadcast(weights[row]) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add<TWidth, TVector, TEdges>(TVector sum, TVector row, TVector weight)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
        where TEdges : struct => typeof(TEdges) == typeof(Weighted) ? TWidth.FusedMultiplyAdd(weight, row, sum) : TWidth.Add(sum, row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TWidth, TVector, TOutput>(TVector sum, float scale, float* carry, float carryScale, TOutput* output, int column)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
        where TOutput : unmanaged
    {
        TVector scaled = TWidth.Multiply(TWidth.Broadcast(scale), sum);
        if (carry != null)
            scaled = TWidth.FusedMultiplyAdd(TWidth.Broadcast(carryScale), TWidth.Load(carry + column), scaled);
        // The JIT decides these comparisons of types for each kind of table.
        if (typeof(TOutput) == typeof(Bfloat16))
            TWidth.Store(scaled, (Bfloat16*)output + column);
        else
            TWidth.Store(scaled, (float*)output + column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<TWidth, TVector, TInput>(TInput* source)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
        where TInput : unmanaged =>
        typeof(TInput) == typeof(Bfloat16) ? TWidth.Load((Bfloat16*)source) : TWidth.Load((float*)source);

    /// <summary>A number of registers that the JIT knows.</summary>
    private interface IRegisterCount
    {
        static abstract int Value { get; }
    }

    private readonly struct One : IRegisterCount
    {
        public static int Value => 1;
    }

    private readonly struct Two : IRegisterCount
    {
        public static int Value => 2;
    }

    private readonly struct Three : IRegisterCount
    {
        public static int Value => 3;
    }

    private readonly struct Four : IRegisterCount
    {
        public static int Value => 4;
    }

    private readonly struct Five : IRegisterCount
    {
        public static int Value => 5;
    }

    private readonly struct Six : IRegisterCount
    {
        public static int Value => 6;
    }

    private readonly struct Seven : IRegisterCount
    {
        public static int Value => 7;
    }

    private readonly struct Eight : IRegisterCount
    {
        public static int Value => 8;
    }

    /// <summary>Rows count as they are.</summary>
    internal readonly struct Plain;

    /// <summary>Rows count by their weights.</summary>
    internal readonly struct Weighted;
}
