using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>The two passes of a softmax over a row of logits from each of which an offset of its own is taken.</summary>
/// <remarks>
/// Sums are kept for sixteen lanes whatever the register, so that its width does not matter. The exponential is
/// 2^n times the Taylor series of e^f to the seventh power, n the nearest integer to x / ln 2 and f = x - n ln 2: within 2 units in the last place.
/// </remarks>
internal static unsafe class SoftmaxTerms
{
    private const int Lanes = Matrix.ComponentBlock;

    // Below it e^x has no normal float and counts as 0.
    private const float MinimumExponent = -87.33f;

    // Adding it leaves a number's nearest integer in the low bits.
    private const float Rounding = 1.5f * (1 << 23);
    private const float HighLn2 = (float)0.69314718055994530942, LowLn2 = (float)(0.69314718055994530942 - HighLn2);
    private const float Log2E = (float)1.4426950408889634074;

    /// <summary>The maximum of the logits, each less its offset.</summary>
    /// <param name="logits">The logits, a multiple of <see cref="Matrix.ComponentBlock"/>; negative infinity for one that does not count.</param>
    /// <param name="offsets">The offset of each.</param>
    public static float Maximum(ReadOnlySpan<float> logits, ReadOnlySpan<float> offsets)
    {
        Spans.CheckLength(offsets, logits.Length);
        fixed (float* first = logits, firstOffset = offsets)
            return Maximum(first, firstOffset, logits.Length);
    }

    private static float Maximum(float* logits, float* offsets, int count)
    {
        if (Vector512.IsHardwareAccelerated)
            return Maximum<Width512, Vector512<float>>(logits, offsets, count);
        if (Vector256.IsHardwareAccelerated)
            return Maximum<Width256, Vector256<float>>(logits, offsets, count);
        return Maximum<Width128, Vector128<float>>(logits, offsets, count);
    }

    /// <summary>Replaces every logit by e^(logit - offset - maximum), and returns their sum.</summary>
    /// <param name="logits">The logits, a multiple of <see cref="Matrix.ComponentBlock"/>; NaN stays NaN.</param>
    /// <param name="offsets">The offset of each.</param>
    /// <param name="maximum">At least every logit less its offset.</param>
    public static double Exponentials(Span<float> logits, ReadOnlySpan<float> offsets, float maximum)
    {
        Spans.CheckLength(offsets, logits.Length);
        fixed (float* first = logits, firstOffset = offsets)
            return Exponentials(first, firstOffset, maximum, logits.Length);
    }

    private static double Exponentials(float* logits, float* offsets, float maximum, int count)
    {
        if (Vector512.IsHardwareAccelerated)
            return Exponentials<Width512, Vector512<float>>(logits, offsets, maximum, count);
        if (Vector256.IsHardwareAccelerated)
            return Exponentials<Width256, Vector256<float>>(logits, offsets, maximum, count);
        return Exponentials<Width128, Vector128<float>>(logits, offsets, maximum, count);
    }

    internal static float Maximum<TWidth, TVector>(float* logits, float* offsets, int count)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector minusOne = TWidth.Broadcast(-1), maximum = TWidth.Broadcast(float.NegativeInfinity);
        for (int i = 0; i < count; i += TWidth.Count)
            maximum = TWidth.Max(maximum, TWidth.FusedMultiplyAdd(minusOne, TWidth.Load(offsets + i), TWidth.Load(logits + i)));
        float* lanes = stackalloc float[Lanes];
        TWidth.Store(maximum, lanes);
        float result = lanes[0];
        for (int lane = 1; lane < TWidth.Count; lane++)
            result = Math.Max(result, lanes[lane]);
        return result;
    }

    internal static double Exponentials<TWidth, TVector>(float* logits, float* offsets, float maximum, int count)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector minusOne = TWidth.Broadcast(-1), shift = TWidth.Broadcast(-maximum), least = TWidth.Broadcast(MinimumExponent);
        double sum = 0;
        float* lanes = stackalloc float[Lanes];
        for (int first = 0; first < Lanes; first += TWidth.Count)
        {
            TVector sums = TWidth.Broadcast(0);
            for (int i = first; i < count; i += Lanes)
            {
                TVector x = TWidth.Add(TWidth.FusedMultiplyAdd(minusOne, TWidth.Load(offsets + i), TWidth.Load(logits + i)), shift);
                TVector term = TWidth.ZeroWhereLess(Exponential<TWidth, TVector>(x), x, least);
                TWidth.Store(term, logits + i);
                sums = TWidth.Add(sums, term);
            }
            TWidth.Store(sums, lanes);
            for (int lane = 0; lane < TWidth.Count; lane++)
                sum += lanes[lane];
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponential<TWidth, TVector>(TVector x)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector one = TWidth.Broadcast(1);
        TVector integers = TWidth.FusedMultiplyAdd(x, TWidth.Broadcast(Log2E), TWidth.Broadcast(Rounding));
        TVector n = TWidth.Add(integers, TWidth.Broadcast(-Rounding));
        TVector f = TWidth.FusedMultiplyAdd(n, TWidth.Broadcast(-LowLn2), TWidth.FusedMultiplyAdd(n, TWidth.Broadcast(-HighLn2), x));
        TVector series = TWidth.FusedMultiplyAdd(TWidth.Broadcast(1f / 5040), f, TWidth.Broadcast(1f / 720));
        series = TWidth.FusedMultiplyAdd(series, f, TWidth.Broadcast(1f / 120));
        series = TWidth.FusedMultiplyAdd(series, f, TWidth.Broadcast(1f / 24));
        series = TWidth.FusedMultiplyAdd(series, f, TWidth.Broadcast(1f / 6));
        series = TWidth.FusedMultiplyAdd(series, f, TWidth.Broadcast(1f / 2));
        series = TWidth.FusedMultiplyAdd(series, f, one);
        series = TWidth.FusedMultiplyAdd(series, f, one);
        return TWidth.Multiply(series, TWidth.PowerOfTwo(integers));
    }
}
