using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed unsafe class AdamTests
{
    private const int Length = 48;

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.01)]
    public void Twenty_steps_equal_the_double_oracle(double weightDecay)
    {
        Random random = new(1);
        double[] p = Draw(random), m = new double[Length], v = new double[Length];
        float[] parameters = ToFloat(p), first = new float[Length], second = new float[Length];
        for (int step = 1; step <= 20; step++)
        {
            double[] g = Draw(random);
            Adam.Update(parameters, ToFloat(g), first, second, new Adam.Step(step, 0.01, weightDecay));
            for (int i = 0; i < Length; i++)
            {
                double gradient = g[i] + weightDecay * p[i];
                m[i] = 0.9 * m[i] + 0.1 * gradient;
                v[i] = 0.999 * v[i] + 0.001 * gradient * gradient;
                p[i] -= 0.01 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                Assert.Equal(p[i], parameters[i], 1e-5);
            }
        }
    }

    [Fact]
    public void Every_register_width_gives_the_same_bits()
    {
        Assert.Equal(Run<Width128, Vector128<float>>(), Run<Width256, Vector256<float>>());
        Assert.Equal(Run<Width128, Vector128<float>>(), Run<Width512, Vector512<float>>());

        static float[] Run<TWidth, TVector>()
            where TWidth : IVectorWidth<TVector>
            where TVector : struct
        {
            Random random = new(2);
            float[] parameters = ToFloat(Draw(random)), gradient = ToFloat(Draw(random)), first = ToFloat(Draw(random));
            float[] second = [.. Draw(random).Select(x => (float)Math.Abs(x))];
            fixed (float* p = parameters, g = gradient, m = first, v = second)
                Adam.Update<TWidth, TVector>(p, g, m, v, Length, new Adam.Step(3, 0.1, 0.02));
            return [.. parameters, .. first, .. second];
        }
    }

    private static double[] Draw(Random random) => [.. Enumerable.Range(0, Length).Select(_ => (double)(float)(random.NextDouble() - 0.5))];

    private static float[] ToFloat(double[] values) => [.. values.Select(value => (float)value)];
}
