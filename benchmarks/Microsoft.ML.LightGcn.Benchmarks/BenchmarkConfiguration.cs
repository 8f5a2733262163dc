using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>What all suites share: the short job unless the command line names one, memory, and rates.</summary>
internal static class BenchmarkConfiguration
{
    /// <param name="args">The command line.</param>
    /// <param name="withLibtorch">Whether to run the benchmarks that need libtorch.</param>
    public static IConfig Create(string[] args, bool withLibtorch)
    {
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumn(RateColumn.All);
        if (!NamesJob(args))
            config.AddJob(Job.ShortRun);
        if (!withLibtorch)
            config.AddFilter(new SimpleFilter(benchmark => !benchmark.Descriptor.HasCategory(LibtorchBackend.Category)));
        return config;
    }

    private static bool NamesJob(string[] args) =>
        args.Any(argument => argument is "-j" or "--job" || argument.StartsWith("--job=", StringComparison.Ordinal));
}
