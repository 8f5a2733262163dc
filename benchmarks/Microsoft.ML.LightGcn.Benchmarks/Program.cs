using BenchmarkDotNet.Running;
using Microsoft.ML.LightGcn.Benchmarks;

string? failure = LibtorchBackend.Failure();
if (failure is not null)
    await Console.Error.WriteLineAsync($"libtorch does not load here, so its benchmarks are left out: {failure}\nWhere libstdc++ is too old: export LD_PRELOAD=$(eng/torch-libstdcxx-shim.sh)");
BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfiguration).Assembly).Run(args, BenchmarkConfiguration.Create(args, withLibtorch: failure is null));
