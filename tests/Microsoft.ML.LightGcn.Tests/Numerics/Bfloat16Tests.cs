using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed unsafe class Bfloat16Tests
{
    [Theory]
    [InlineData(0x3F800000u, 0x3F80)]
    [InlineData(0x3F807FFFu, 0x3F80)]
    [InlineData(0x3F808000u, 0x3F80)] // A tie: 3F80 is even.
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x3F818000u, 0x3F82)] // A tie: 3F81 is odd.
    [InlineData(0xBF818000u, 0xBF82)]
    [InlineData(0x3FFF8000u, 0x4000)] // Up to the next exponent.
    [InlineData(0x80000000u, 0x8000)]
    [InlineData(0x00008000u, 0x0000)]
    [InlineData(0x00008001u, 0x0001)]
    [InlineData(0x7F7F7FFFu, 0x7F7F)]
    [InlineData(0x7F7FFFFFu, 0x7F80)]
    [InlineData(0xFF800000u, 0xFF80)]
    [InlineData(0xFFC00000u, 0xFFC0)] // The NaN of x64, and that of arm64.
    [InlineData(0x7FC00000u, 0x7FC0)]
    public void Rounds_to_nearest_and_ties_to_even(uint value, int expected)
    {
        Assert.All(AtEveryWidth([.. Enumerable.Repeat(BitConverter.UInt32BitsToSingle(value), 16)]), rounded => Assert.All(rounded, found => Assert.Equal(expected, found)));
    }

    [Fact]
    public void Every_width_rounds_as_doubles_compare()
    {
        Random random = new(1);
        for (int block = 0; block < 2000; block++)
        {
            float[] values = new float[16];
            for (int k = 0; k < values.Length; k++)
            {
                do
                    values[k] = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
                while (!float.IsFinite(values[k]));
            }
            ushort[] expected = [.. values.Select(Nearest)];
            Assert.All(AtEveryWidth(values), rounded => Assert.Equal(expected, rounded));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(45)]
    [InlineData(64)]
    [InlineData(101)]
    [InlineData(128)]
    [InlineData(250)]
    public void Sums_of_neighbours_equal_the_oracle_at_every_register_width(int dimension)
    {
        const int Rows = 50;
        Random random = new(dimension);
        Matrix widened = new(Rows, dimension), carry = new(1, dimension);
        int stride = widened.Stride;
        Bfloat16[] input = new Bfloat16[Rows * stride];
        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < dimension; k++)
            {
                input[row * stride + k] = new Bfloat16(Nearest(random.NextSingle() - 0.5f));
                widened.Row(row)[k] = Widen(input[row * stride + k].Bits);
            }
        }
        foreach (ref float value in carry.Row(0))
            value = random.NextSingle() - 0.5f;
        foreach (int count in (int[])[0, 1, 2, 9, 40, 400])
        {
            int[] rows = [.. Enumerable.Range(0, count).Select(_ => random.Next(Rows)), 0];
            foreach (bool hasCarry in (bool[])[true, false])
            {
                float[] expected = GatherSumTests.Plain(widened, rows.AsSpan(0, count), null, 0.37f, hasCarry ? carry : null, 1.21f);
                for (int k = 0; k < dimension; k++)
                {
                    double exact = (double)0.37f * rows.Take(count).Sum(row => (double)Widen(input[row * stride + k].Bits)) + (hasCarry ? (double)1.21f * carry.Row(0)[k] : 0);
                    Assert.Equal(exact, expected[k], 1e-5);
                }
                Check<Width128, Vector128<float>>();
                Check<Width256, Vector256<float>>();
                Check<Width512, Vector512<float>>();

                void Check<TWidth, TVector>()
                    where TWidth : IVectorWidth<TVector>
                    where TVector : struct
                {
                    float[] sums = new float[stride];
                    Bfloat16[] rounded = new Bfloat16[stride];
                    float* carried = hasCarry ? carry.Pointer : null;
                    fixed (int* r = rows)
                    fixed (Bfloat16* from = input, narrow = rounded)
                    fixed (float* wide = sums)
                    {
                        GatherSum.Compute<TWidth, TVector, GatherSum.Plain, Bfloat16, float>(r, null, count, count, from, stride, 0.37f, carried, 1.21f, wide);
                        GatherSum.Compute<TWidth, TVector, GatherSum.Plain, Bfloat16, Bfloat16>(r, null, count, count, from, stride, 0.37f, carried, 1.21f, narrow);
                    }
                    Assert.Equal(expected, sums.AsSpan(0, dimension).ToArray());
                    Assert.Equal(expected.Select(Nearest), rounded.Take(dimension).Select(value => value.Bits));
                    Assert.All(sums.Skip(dimension), padding => Assert.Equal(0, padding));
                    Assert.All(rounded.Skip(dimension), padding => Assert.Equal(0, padding.Bits));
                }
            }
        }
        GC.KeepAlive(carry);
    }

    private static ushort[][] AtEveryWidth(float[] values) =>
        [Round<Width128, Vector128<float>>(values), Round<Width256, Vector256<float>>(values), Round<Width512, Vector512<float>>(values)];

    private static ushort[] Round<TWidth, TVector>(float[] values)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        ushort[] rounded = new ushort[values.Length];
        fixed (float* from = values)
        fixed (ushort* to = rounded)
        {
            for (int k = 0; k < values.Length; k += TWidth.Count)
                TWidth.Store(TWidth.Load(from + k), (Bfloat16*)to + k);
        }
        return rounded;
    }

    private static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The nearer of the two bfloat16 around a finite value, by their distances in double precision.</summary>
    private static ushort Nearest(float value)
    {
        ushort inner = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16), outer = (ushort)(inner + 1);
        double end = (outer & 0x7FFF) == 0x7F80 ? Math.Pow(2, 128) : Math.Abs((double)Widen(outer));
        double above = end - Math.Abs((double)value), below = Math.Abs((double)value) - Math.Abs((double)Widen(inner));
        return above < below || (above == below && outer % 2 == 0) ? outer : inner;
    }
}
