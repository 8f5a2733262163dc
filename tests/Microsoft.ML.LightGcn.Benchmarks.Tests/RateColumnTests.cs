using System.Collections.Immutable;
using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.Results;

namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class RateColumnTests
{
    [Theory]
    // 1 million interactions, both directions, 3 layers, 64 floats: 1.536 GB of gathers in 100 ms; twice that with the way back.
    [InlineData(typeof(PropagationBenchmarks), nameof(PropagationBenchmarks.TwoThreads), "1M, Forward", 100e6, "GB/s", "15.36")]
    [InlineData(typeof(PropagationBenchmarks), nameof(PropagationBenchmarks.TwoThreads), "1M, ForwardAndBackward", 100e6, "GB/s", "30.72")]
    [InlineData(typeof(PropagationBenchmarks), nameof(PropagationBenchmarks.Bfloat16TwoThreads), "1M, Forward", 100e6, "GB/s", "7.68")]
    // 20,000 users x 10,000 items x 64 multiply-adds in 1 s.
    [InlineData(typeof(TopNBenchmarks), nameof(TopNBenchmarks.TwoThreads), "1M", 1e9, "GFLOP/s", "25.60")]
    [InlineData(typeof(DataBenchmarks), nameof(DataBenchmarks.BuildGraph), "5M", 2e9, "Mrows/s", "2.50")]
    [InlineData(typeof(MemoryBenchmarks), nameof(MemoryBenchmarks.SumTwoThreads), "64", 1e6, "GB/s", "67.11")]
    // 64 x 2^17 rounds of 10 chains of 16 multiply-adds.
    [InlineData(typeof(ArithmeticBenchmarks), nameof(ArithmeticBenchmarks.TwoThreads), "", 10e6, "GFLOP/s", "268.44")]
    // No such work.
    [InlineData(typeof(DataBenchmarks), nameof(DataBenchmarks.BuildGraph), "5M", 2e9, "GB/s", "-")]
    public void A_rate_is_work_by_mean_time(Type suite, string method, string parameters, double nanoseconds, string column, string rate)
    {
        Summary summary = Summarize(Case(suite, method, parameters), nanoseconds);
        IColumn found = Assert.Single(RateColumn.All, candidate => candidate.ColumnName == column);
        Assert.Equal(rate, found.GetValue(summary, summary.BenchmarksCases[0]));
        Assert.Equal(rate != "-", found.IsAvailable(summary));
    }

    [Fact]
    public void A_benchmark_that_failed_has_no_rate()
    {
        Summary summary = Summarize(Case(typeof(DataBenchmarks), nameof(DataBenchmarks.BuildGraph), "5M"), nanoseconds: null);
        Assert.All(RateColumn.All, column => Assert.Equal("-", column.GetValue(summary, summary.BenchmarksCases[0])));
    }

    private static BenchmarkCase Case(Type suite, string method, string parameters) => Assert.Single(
        BenchmarkConverter.TypeToBenchmarks(suite, BenchmarkConfiguration.Create([], withLibtorch: true)).BenchmarksCases,
        benchmark => benchmark.Descriptor.WorkloadMethod.Name == method && string.Join(", ", benchmark.Parameters.Items.Select(item => item.Value)) == parameters);

    /// <summary>A summary of one benchmark, from three measurements of the same length or from none.</summary>
    private static Summary Summarize(BenchmarkCase benchmark, double? nanoseconds)
    {
        string[] lines = nanoseconds is null ? [] : [.. Enumerable.Range(1, 3).Select(i => string.Create(CultureInfo.InvariantCulture, $"WorkloadResult  {i}: 1 op, {nanoseconds} ns, {nanoseconds} ns/op"))];
        ExecuteResult executed = new(true, 0, 1, lines, [], [], 1);
        BuildResult built = BuildResult.Success(GenerateResult.Success(null!, []));
        BenchmarkReport report = new(nanoseconds is not null, benchmark, built, built, [executed], []);
        return new Summary("hand-made", [report], HostEnvironmentInfo.GetCurrent(), "", "", TimeSpan.Zero, CultureInfo.InvariantCulture, ImmutableArray<BenchmarkDotNet.Validators.ValidationError>.Empty, ImmutableArray<IColumnHidingRule>.Empty);
    }
}
