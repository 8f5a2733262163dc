using BenchmarkDotNet.Running;
using Microsoft.ML.LightGcn.Benchmarks;

string? failure = LibtorchBackend.Failure();
if (failure is not null)
    await Console.Error.WriteLineAsync($"libtorch does not load here, so its benchmarks are left out: {failure}\nWhere libstdc++ is too old: export LD_PRELOAD=$(eng/torch-libstdcxx-shim.sh)");
try
{
    bool isRun = BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfiguration).Assembly).Run(args, BenchmarkConfiguration.Create(args, withLibtorch: failure is null)).Any();
    // BenchmarkDotNet says what is wrong with a command line, but not by an exit code: nothing has run then.
    return isRun || args.Any(argument => argument.Split('=')[0] is "--list" or "--help" or "--info" or "--version") ? 0 : 1;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"--artifacts: expected a folder that can be written in, found an error: {error.Message}");
    return 1;
}
