namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class MultiplyAddsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_chain_runs_to_its_fixed_point(int threads)
    {
        using MultiplyAdds arithmetic = new(threads);
        Assert.All(arithmetic.Results.ToArray(), value => Assert.Equal(0, value));
        arithmetic.Run();
        float[] results = arithmetic.Results.ToArray();
        // Registers narrower than the widest leave the rest of their place empty.
        int width = Array.IndexOf(results, 0f) is int end && end > 0 ? end : results.Length;
        Assert.Contains(width, new[] { 4, 8, results.Length });
        for (int k = 0; k < results.Length; k++)
            Assert.Equal(k % 16 < width ? 1 : 0, results[k], 1e-5f);
    }
}
