using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Seeded numbers to compute with.</summary>
internal static class RandomTable
{
    /// <summary>Numbers uniform on [-0.5, 0.5).</summary>
    public static float[] Uniform(int length, int seed)
    {
        RandomStream random = new(seed, RandomPurpose.Initialization, 0);
        float[] values = GC.AllocateUninitializedArray<float>(length);
        foreach (ref float value in values.AsSpan())
            value = (float)(random.NextDouble() - 0.5);
        return values;
    }
}
