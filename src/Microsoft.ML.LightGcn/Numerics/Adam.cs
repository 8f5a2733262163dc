using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Adam (Kingma and Ba, 2015) with its L2 in the gradient, as torch.optim.Adam: g += decay * p, m += (1 - b1)(g - m),
/// v = b2 v + (1 - b2) g^2, p -= rate / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + epsilon).
/// </summary>
internal static unsafe class Adam
{
    public const double FirstDecay = 0.9;
    public const double SecondDecay = 0.999;
    public const double Epsilon = 1e-8;

    /// <summary>The factors of one step, from the number of the step (1 for the first).</summary>
    public readonly struct Step(long number, double learningRate, double weightDecay)
    {
        public float Rate { get; } = (float)(learningRate / (1 - Math.Pow(FirstDecay, number)));

        public float InverseRootCorrection { get; } = (float)(1 / Math.Sqrt(1 - Math.Pow(SecondDecay, number)));

        public float WeightDecay { get; } = (float)weightDecay;
    }

    /// <summary>Updates parameters and moments in place.</summary>
    /// <param name="parameters">The parameters: a multiple of <see cref="Matrix.ComponentBlock"/>.</param>
    /// <param name="gradient">The gradient, as many numbers.</param>
    /// <param name="first">The first moment, as many numbers.</param>
    /// <param name="second">The second moment, as many numbers.</param>
    /// <param name="step">The factors of the step.</param>
    public static void Update(Span<float> parameters, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, in Step step)
    {
        Spans.CheckLength(gradient, parameters.Length);
        Spans.CheckLength(first, parameters.Length);
        Spans.CheckLength(second, parameters.Length);
        fixed (float* p = parameters, g = gradient, m = first, v = second)
            Update(p, g, m, v, parameters.Length, step);
    }

    private static void Update(float* parameters, float* gradient, float* first, float* second, nint length, in Step step)
    {
        if (Vector512.IsHardwareAccelerated)
            Update<Width512, Vector512<float>>(parameters, gradient, first, second, length, step);
        else if (Vector256.IsHardwareAccelerated)
            Update<Width256, Vector256<float>>(parameters, gradient, first, second, length, step);
        else
            Update<Width128, Vector128<float>>(parameters, gradient, first, second, length, step);
    }

    internal static void Update<TWidth, TVector>(float* parameters, float* gradient, float* first, float* second, nint length, in Step step)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector decay = TWidth.Broadcast(step.WeightDecay), correction = TWidth.Broadcast(step.InverseRootCorrection);
        TVector minusRate = TWidth.Broadcast(-step.Rate), epsilon = TWidth.Broadcast((float)Epsilon);
        TVector firstKeep = TWidth.Broadcast((float)FirstDecay), firstNew = TWidth.Broadcast((float)(1 - FirstDecay));
        TVector secondKeep = TWidth.Broadcast((float)SecondDecay), secondNew = TWidth.Broadcast((float)(1 - SecondDecay));
        for (nint i = 0; i < length; i += TWidth.Count)
        {
            TVector p = TWidth.Load(parameters + i);
            TVector g = TWidth.FusedMultiplyAdd(decay, p, TWidth.Load(gradient + i));
            TVector m = TWidth.FusedMultiplyAdd(firstKeep, TWidth.Load(first + i), TWidth.Multiply(firstNew, g));
            TVector v = TWidth.FusedMultiplyAdd(secondKeep, TWidth.Load(second + i), TWidth.Multiply(secondNew, TWidth.Multiply(g, g)));
            TVector root = TWidth.FusedMultiplyAdd(TWidth.SquareRoot(v), correction, epsilon);
            TWidth.Store(m, first + i);
            TWidth.Store(v, second + i);
            TWidth.Store(TWidth.FusedMultiplyAdd(minusRate, TWidth.Divide(m, root), p), parameters + i);
        }
    }
}
