using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed unsafe class MatrixProductTests
{
    [Theory]
    [InlineData(1, 16, 1)]
    [InlineData(7, 16, 20)]
    [InlineData(8, 32, 64)]
    [InlineData(13, 48, 100)]
    [InlineData(32, 64, 300)]
    [InlineData(17, 80, 700)]
    public void Products_equal_the_defined_sum_at_every_register_width(int m, int n, int k)
    {
        Random random = new(m + n + k);
        float[] a = Draw(m * k), b = Draw(k * n), start = Draw(m * n);
        foreach (bool transposed in (bool[])[false, true])
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                float[] expected = Defined(transposed, accumulate);
                Assert.Equal(expected, Run<Width128, Vector128<float>>());
                Assert.Equal(expected, Run<Width256, Vector256<float>>());
                Assert.Equal(expected, Run<Width512, Vector512<float>>());

                float[] Run<TWidth, TVector>()
                    where TWidth : IVectorWidth<TVector>
                    where TVector : struct
                {
                    float[] c = [.. start];
                    fixed (float* pa = a, pb = b, pc = c)
                        MatrixProduct.Multiply<TWidth, TVector>(pa, transposed ? 1 : k, transposed ? m : 1, pb, n, pc, n, m, n, k, accumulate);
                    return c;
                }
            }
        }

        float[] Defined(bool transposed, bool accumulate)
        {
            float[] c = [.. start];
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    for (int first = 0; first < k; first += MatrixProduct.DepthBlock)
                    {
                        float sum = 0;
                        for (int d = first; d < Math.Min(k, first + MatrixProduct.DepthBlock); d++)
                            sum = MathF.FusedMultiplyAdd(transposed ? a[d * m + i] : a[i * k + d], b[d * n + j], sum);
                        c[i * n + j] = accumulate || first > 0 ? c[i * n + j] + sum : sum;
                    }
                }
            }
            return c;
        }

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
