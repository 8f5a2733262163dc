using BenchmarkDotNet.Running;
using Microsoft.ML.LightGcn.Benchmarks;

if (LibtorchBackend.Reason is { } reason)
    await Console.Error.WriteLineAsync($"libtorch does not load here, so its peers are left out: {reason} Where libstdc++ is too old, eng/torch-libstdcxx-shim.sh helps.");
BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfiguration).Assembly).Run(args, BenchmarkConfiguration.Create(args));
