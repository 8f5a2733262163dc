using BenchmarkDotNet.Parameters;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The bytes that a memory benchmark reads and writes; that a written line is read first is not counted.</summary>
internal sealed class StreamedBytesAttribute() : WorkAttribute(WorkUnit.Bytes)
{
    public override double PerOperation(ParameterInstances parameters) =>
        (double)(int)parameters[nameof(MemoryBenchmarks.Mebibytes)] * MemoryBenchmarks.BytesPerMebibyte;
}
