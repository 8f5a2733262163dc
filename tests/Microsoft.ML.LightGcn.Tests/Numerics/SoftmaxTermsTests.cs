using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed unsafe class SoftmaxTermsTests
{
    private const int Count = 208;

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(300)]
    public void Maximum_terms_and_sum_equal_the_double_oracle(float spread)
    {
        (float[] logits, float[] offsets) = Draw(spread);
        double[] exponents = [.. logits.Zip(offsets, (logit, offset) => logit - offset)];
        float[] terms = [.. logits];
        float maximum = SoftmaxTerms.Maximum(terms, offsets);
        Assert.Equal((float)exponents.Max(), maximum);
        double sum = SoftmaxTerms.Exponentials(terms, offsets, maximum), oracle = 0;
        for (int i = 0; i < Count; i++)
        {
            double term = Math.Exp((float)exponents[i] - maximum);
            oracle += term;
            // Two units in the last place, and half a one of the difference in single precision.
            Assert.InRange(terms[i], term * (1 - 3e-7 - 6e-8 * spread) - 1.2e-38, term * (1 + 3e-7 + 6e-8 * spread) + 1.2e-38);
        }
        Assert.Equal(oracle, sum, oracle * 1e-5);
    }

    [Fact]
    public void What_does_not_count_is_zero_and_NaN_stays()
    {
        (float[] logits, float[] offsets) = Draw(5);
        logits[3] = logits[Count - 1] = float.NegativeInfinity;
        logits[7] = -1e30f;
        float maximum = SoftmaxTerms.Maximum(logits, offsets);
        Assert.True(float.IsFinite(maximum));
        Assert.True(double.IsFinite(SoftmaxTerms.Exponentials(logits, offsets, maximum)));
        Assert.Equal([0f, 0f, 0f], [logits[3], logits[Count - 1], logits[7]]);
        logits[20] = float.NaN;
        Assert.True(double.IsNaN(SoftmaxTerms.Exponentials(logits, offsets, 1)));
        Assert.True(float.IsNaN(logits[20]));
    }

    [Fact]
    public void Every_register_width_gives_the_same_bits()
    {
        Assert.Equal(Run<Width128, Vector128<float>>(), Run<Width256, Vector256<float>>());
        Assert.Equal(Run<Width128, Vector128<float>>(), Run<Width512, Vector512<float>>());

        static double[] Run<TWidth, TVector>()
            where TWidth : IVectorWidth<TVector>
            where TVector : struct
        {
            (float[] logits, float[] offsets) = Draw(20);
            fixed (float* z = logits, o = offsets)
            {
                float largest = SoftmaxTerms.Maximum<TWidth, TVector>(z, o, Count);
                return [largest, SoftmaxTerms.Exponentials<TWidth, TVector>(z, o, largest, Count), .. logits];
            }
        }
    }

    private static (float[] Logits, float[] Offsets) Draw(float spread)
    {
        Random random = new(1);
        return ([.. Enumerable.Range(0, Count).Select(_ => spread * (random.NextSingle() - 0.5f))], [.. Enumerable.Range(0, Count).Select(_ => spread * random.NextSingle())]);
    }
}
