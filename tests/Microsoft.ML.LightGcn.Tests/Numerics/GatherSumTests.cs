using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed unsafe class GatherSumTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(80)]
    [InlineData(96)]
    [InlineData(112)]
    [InlineData(128)]
    [InlineData(144)]
    [InlineData(256)]
    public void Equals_the_plain_loop_bit_for_bit_at_every_register_width(int stride)
    {
        Random random = new(stride);
        Matrix input = new(50, stride), carry = new(1, stride), output = new(1, stride);
        foreach (ref float value in input.Padded)
            value = random.NextSingle() - 0.5f;
        foreach (ref float value in carry.Padded)
            value = random.NextSingle() - 0.5f;
        // Of 200 rows all widths fetch some ahead, and none for the last.
        foreach (int count in (int[])[0, 1, 2, 9, 40, 200])
        {
            int[] rows = [.. Enumerable.Range(0, count).Select(_ => random.Next(50)), 0];
            float[] weights = [.. Enumerable.Range(0, count + 1).Select(_ => random.NextSingle() + 0.1f)];
            foreach (bool hasCarry in (bool[])[true, false])
            {
                foreach (bool hasWeights in (bool[])[true, false])
                {
                    float[] expected = Plain(input, rows.AsSpan(0, count), hasWeights ? weights : null, 0.37f, hasCarry ? carry : null, 1.21f);
                    Assert.Equal(expected, hasWeights ? Run<Width128, Vector128<float>, GatherSum.Weighted>() : Run<Width128, Vector128<float>, GatherSum.Plain>());
                    Assert.Equal(expected, hasWeights ? Run<Width256, Vector256<float>, GatherSum.Weighted>() : Run<Width256, Vector256<float>, GatherSum.Plain>());
                    Assert.Equal(expected, hasWeights ? Run<Width512, Vector512<float>, GatherSum.Weighted>() : Run<Width512, Vector512<float>, GatherSum.Plain>());
                    output.Padded.Fill(float.NaN);
                    GatherSum.Compute(rows.AsSpan(0, count), hasWeights ? weights : default, input.Padded, 0.37f, hasCarry ? carry.Padded : default, 1.21f, output.Padded);
                    Assert.Equal(expected, output.ToArray(0, 1));
                }

                float[] Run<TWidth, TVector, TEdges>()
                    where TWidth : IVectorWidth<TVector>
                    where TVector : struct
                    where TEdges : struct
                {
                    output.Padded.Fill(float.NaN);
                    fixed (int* r = rows)
                    fixed (float* w = weights)
                        GatherSum.Compute<TWidth, TVector, TEdges, float, float>(r, w, count, rows.Length, input.Pointer, stride, 0.37f, hasCarry ? carry.Pointer : null, 1.21f, output.Pointer);
                    return output.ToArray(0, 1);
                }
            }
        }
    }

    internal static float[] Plain(Matrix input, ReadOnlySpan<int> rows, float[]? weights, float scale, Matrix? carry, float carryScale)
    {
        float[] result = new float[input.ColumnCount];
        for (int k = 0; k < result.Length; k++)
        {
            float sum = 0;
            for (int r = 0; r < rows.Length; r++)
                sum = weights is null ? sum + input.Row(rows[r])[k] : MathF.FusedMultiplyAdd(weights[r], input.Row(rows[r])[k], sum);
            float scaled = scale * sum;
            result[k] = carry is null ? scaled : MathF.FusedMultiplyAdd(carryScale, carry.Row(0)[k], scaled);
        }
        return result;
    }
}
