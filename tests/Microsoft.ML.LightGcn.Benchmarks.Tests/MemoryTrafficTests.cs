namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class MemoryTrafficTests
{
    private const int Length = 1 << 18;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_number_is_read_and_every_result_written(int threads)
    {
        using MemoryTraffic traffic = new(Length, threads);
        float[] before = traffic.Values.ToArray();
        Assert.Equal(Length, before.Length);
        Assert.Equal(before.Sum(value => (double)value), traffic.Sum(), 1e-2);

        double gathered = 0;
        foreach (int row in traffic.RandomRows)
            gathered += before.AsSpan(row * MemoryTraffic.RowLength, MemoryTraffic.RowLength).ToArray().Sum(value => (double)value);
        Assert.Equal(Length / MemoryTraffic.RowLength, traffic.RandomRows.Length);
        Assert.Equal(gathered, traffic.Gather(), 1e-2);

        traffic.Triad();
        int third = Length / 3;
        for (int k = 0; k < third; k++)
            Assert.Equal(before[third + k] + 3 * before[2 * third + k], traffic.Values[k], 1e-6f);
        Assert.Equal(before.AsSpan(third), traffic.Values[third..]);
    }
}
