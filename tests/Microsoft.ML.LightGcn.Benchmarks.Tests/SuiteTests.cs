using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;

namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class SuiteTests
{
    public static TheoryData<Type> Suites => [.. typeof(BenchmarkConfiguration).Assembly.GetTypes().Where(type => Benchmarks(type).Length > 0)];

    [Fact]
    public void There_are_suites() => Assert.Equal(13, Suites.Count);

    /// <summary>Sets up, runs and cleans up each benchmark as BenchmarkDotNet would, on something small.</summary>
    [Theory]
    [MemberData(nameof(Suites))]
    public void Every_benchmark_runs(Type suite)
    {
        int run = 0;
        foreach (MethodInfo benchmark in Benchmarks(suite))
        {
            if (NeedsLibtorch(benchmark) && LibtorchBackend.Failure() is not null)
                continue;
            object instance = Activator.CreateInstance(suite)!;
            // The first values are the smallest.
            foreach (PropertyInfo parameter in suite.GetProperties())
            {
                if (parameter.GetCustomAttribute<ParamsAttribute>() is { Values: [object first, ..] })
                    parameter.SetValue(instance, first);
            }
            suite.GetProperty("Graph")?.SetValue(instance, BenchmarkGraph.Synthetic("200k", 200_000));
            suite.GetProperty(nameof(MemoryBenchmarks.Mebibytes))?.SetValue(instance, 1);
            MethodInfo setUp = Assert.Single(suite.GetMethods(), method => method.GetCustomAttribute<GlobalSetupAttribute>() is { } attribute && (attribute.Targets.Length == 0 || attribute.Targets.Contains(benchmark.Name)));
            setUp.Invoke(instance, null);
            benchmark.Invoke(instance, null);
            benchmark.Invoke(instance, null);
            suite.GetMethod("CleanUp")?.Invoke(instance, null);
            run++;
        }
        Assert.True(run > 0);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Without_libtorch_everything_else_is_left(Type suite)
    {
        MethodInfo[] kept = [.. BenchmarkConverter.TypeToBenchmarks(suite, BenchmarkConfiguration.Create([], withLibtorch: false)).BenchmarksCases.Select(benchmark => benchmark.Descriptor.WorkloadMethod).Distinct()];
        Assert.Equal(Benchmarks(suite).Where(method => !NeedsLibtorch(method)).Select(method => method.Name).Order(), kept.Select(method => method.Name).Order());
        MethodInfo[] all = [.. BenchmarkConverter.TypeToBenchmarks(suite, BenchmarkConfiguration.Create([], withLibtorch: true)).BenchmarksCases.Select(benchmark => benchmark.Descriptor.WorkloadMethod).Distinct()];
        Assert.Equal(Benchmarks(suite).Length, all.Length);
    }

    [Fact]
    public void The_job_is_short_unless_the_command_line_names_one()
    {
        Assert.Equal([Job.ShortRun.Id], Jobs());
        Assert.Empty(Jobs("--job", "Default"));
        Assert.Empty(Jobs("--job=Medium"));
        Assert.Empty(Jobs("-j", "Dry"));

        static string[] Jobs(params string[] args) => [.. BenchmarkConfiguration.Create(["--filter", "*", .. args], withLibtorch: true).GetJobs().Select(job => job.Id)];
    }

    private static MethodInfo[] Benchmarks(Type suite) => [.. suite.GetMethods().Where(method => method.GetCustomAttribute<BenchmarkAttribute>() is not null)];

    /// <summary>By name, so that a benchmark whose category was forgotten shows.</summary>
    private static bool NeedsLibtorch(MethodInfo benchmark) =>
        new[] { "Libtorch", "Notebook", "Torch" }.Any(peer => benchmark.Name.StartsWith(peer, StringComparison.Ordinal));
}
