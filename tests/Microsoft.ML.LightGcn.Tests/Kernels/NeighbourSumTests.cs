using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Kernels;

namespace Microsoft.ML.LightGcn.Tests.Kernels;

public sealed unsafe class NeighbourSumTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(112)]
    [InlineData(256)]
    public void Equals_the_plain_loop_bit_for_bit_at_every_register_width(int stride)
    {
        Random random = new(stride);
        EmbeddingTable input = new(50, stride), carry = new(1, stride), output = new(1, stride);
        foreach (ref float value in input.Padded)
            value = random.NextSingle() - 0.5f;
        foreach (ref float value in carry.Padded)
            value = random.NextSingle() - 0.5f;
        foreach (int count in (int[])[0, 1, 2, 9, 40])
        {
            int[] rows = [.. Enumerable.Range(0, count).Select(_ => random.Next(50)), 0];
            foreach (bool hasCarry in (bool[])[true, false])
            {
                float[] expected = Plain(input, rows.AsSpan(0, count), 0.37f, hasCarry ? carry : null, 1.21f);
                Assert.Equal(expected, Run<Width128, Vector128<float>>());
                Assert.Equal(expected, Run<Width256, Vector256<float>>());
                Assert.Equal(expected, Run<Width512, Vector512<float>>());

                float[] Run<TWidth, TVector>()
                    where TWidth : IVectorWidth<TVector>
                    where TVector : struct
                {
                    output.Padded.Fill(float.NaN);
                    fixed (int* r = rows)
                        NeighbourSum.Compute<TWidth, TVector, float, float>(r, count, input.Pointer, stride, 0.37f, hasCarry ? carry.Pointer : null, 1.21f, output.Pointer);
                    return output.ToArray(0, 1);
                }
            }
        }
    }

    internal static float[] Plain(EmbeddingTable input, ReadOnlySpan<int> rows, float scale, EmbeddingTable? carry, float carryScale)
    {
        float[] result = new float[input.Dimension];
        for (int k = 0; k < result.Length; k++)
        {
            float sum = 0;
            foreach (int row in rows)
                sum += input.Row(row)[k];
            float scaled = scale * sum;
            result[k] = carry is null ? scaled : MathF.FusedMultiplyAdd(carryScale, carry.Row(0)[k], scaled);
        }
        return result;
    }
}
