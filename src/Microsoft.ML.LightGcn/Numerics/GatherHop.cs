using System.Buffers;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>A block of a sparse matrix: for each output row, a list of the table rows that are summed.</summary>
/// <param name="Offsets">Where each output row's list starts, and where the last one ends.</param>
/// <param name="Indices">The lists, one after the other.</param>
/// <param name="Weights">The weight of each entry; empty where every entry is 1.</param>
/// <param name="Count">Number of entries.</param>
/// <param name="FirstInput">The table row that index 0 stands for.</param>
/// <param name="Strength">Factor of every weight.</param>
internal readonly record struct GatherBlock(
    ReadOnlyMemory<int> Offsets, ReadOnlyMemory<int> Indices, ReadOnlyMemory<float> Weights, int Count, int FirstInput, float Strength);

/// <summary>
/// What one hop of propagation computes for consecutive rows: with d a row's inverse root degree and w the layer's weight,
/// output = d^2 (sum over blocks of strength x sum of the listed input rows) + w d carry, or, in the last hop, d (the same sum) + w carry.
/// </summary>
internal readonly ref struct GatherHop
{
    // A batch's rows lie far apart: the first of what one of the next takes is asked for.
    private const int LookAhead = 32;

    /// <summary>The blocks; sums are added from the last block to the first, each to the one before as its carry.</summary>
    public required ReadOnlySpan<GatherBlock> Blocks { get; init; }

    /// <summary>The row whose list is the first of each block.</summary>
    public required int FirstListed { get; init; }

    /// <summary>Components a row, padding included.</summary>
    public required int Stride { get; init; }

    /// <summary>d of every row.</summary>
    public required ReadOnlySpan<float> InverseRootDegrees { get; init; }

    /// <summary>w.</summary>
    public required float LayerWeight { get; init; }

    /// <summary>Whether the output is the result and no longer multiplied by d.</summary>
    public required bool IsLast { get; init; }

    /// <summary>The table of the rows to carry in.</summary>
    public required ReadOnlySpan<float> Carry { get; init; }

    /// <summary>The row of <see cref="Carry"/> for each row, negative for none; empty where it is the row's own number.</summary>
    public ReadOnlySpan<int> CarryRowOf { get; init; }

    /// <summary>Where each row is written to in the output, negative for one that is left out; empty computes all, one after the other.</summary>
    public ReadOnlySpan<int> OutputRowOf { get; init; }

    /// <summary>The row that is the output's first, where <see cref="OutputRowOf"/> does not say.</summary>
    public int FirstOutput { get; init; }

    /// <summary>Computes rows <paramref name="start"/> to <paramref name="end"/> - 1.</summary>
    /// <typeparam name="TInput">float or <see cref="Bfloat16"/>.</typeparam>
    /// <typeparam name="TOutput">float or <see cref="Bfloat16"/>.</typeparam>
    /// <param name="start">First row.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="input">The table that rows are gathered from.</param>
    /// <param name="output">The table that rows are written to; another one than the input.</param>
    public unsafe void Compute<TInput, TOutput>(int start, int end, ReadOnlySpan<TInput> input, Span<TOutput> output)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        int stride = Stride;
        float[] partialRow = ArrayPool<float>.Shared.Rent(stride);
        ReadOnlySpan<int> outputRowOf = OutputRowOf, carryRowOf = CarryRowOf;
        ReadOnlySpan<float> inverseRootDegrees = InverseRootDegrees;
        ref readonly GatherBlock first = ref Blocks[0];
        int firstListed = FirstListed, firstOutput = FirstOutput, listed = first.Count;
        float strength = first.Strength;
        fixed (TInput* table = input)
        fixed (TOutput* result = output)
        fixed (float* carries = Carry, partial = partialRow, weights = first.Weights.Span)
        fixed (int* offsets = first.Offsets.Span, indices = first.Indices.Span)
        {
            TInput* firstTable = table + (nint)first.FirstInput * stride;
            for (int row = start; row < end; row++)
            {
                int outputRow = row - firstOutput;
                if (!outputRowOf.IsEmpty)
                {
                    int ahead = row + LookAhead;
                    if (ahead < end && outputRowOf[ahead] >= 0)
                    {
                        CacheLines.Fetch(carries + (nint)ahead * stride, (nint)stride * sizeof(float));
                        CacheLines.Fetch(indices + offsets[ahead - firstListed], CacheLines.Size);
                    }
                    outputRow = outputRowOf[row];
                    if (outputRow < 0)
                        continue;
                }
                float degree = inverseRootDegrees[row];
                (float sum, float carryScale) = IsLast ? (degree, LayerWeight) : (degree * degree, LayerWeight * degree);
                int carryRow = carryRowOf.IsEmpty ? row : carryRowOf[row];
                float* carry = carryRow < 0 ? null : carries + (nint)carryRow * stride;
                for (int b = Blocks.Length - 1; b > 0; b--)
                {
                    Add(Blocks[b], row - firstListed, table, sum, carry, carryScale, partial);
                    carry = partial;
                    carryScale = 1;
                }
                int list = offsets[row - firstListed], count = offsets[row - firstListed + 1] - list;
                GatherSum.Compute(
                    indices + list, weights == null ? null : weights + list, count, listed - list, firstTable, stride,
                    sum * strength, carry, carryScale, result + (nint)outputRow * stride);
            }
        }
        ArrayPool<float>.Shared.Return(partialRow);
    }

    /// <summary>output = scale x (sum over a row of a block) + carryScale x carry.</summary>
    private unsafe void Add<TInput>(in GatherBlock block, int row, TInput* table, float scale, float* carry, float carryScale, float* output)
        where TInput : unmanaged
    {
        ReadOnlySpan<int> offsets = block.Offsets.Span;
        int list = offsets[row], count = offsets[row + 1] - list;
        fixed (int* indices = block.Indices.Span)
        fixed (float* weights = block.Weights.Span)
            GatherSum.Compute(
                indices + list, weights == null ? null : weights + list, count, block.Count - list, table + (nint)block.FirstInput * Stride, Stride,
                scale * block.Strength, carry, carryScale, output);
    }
}
