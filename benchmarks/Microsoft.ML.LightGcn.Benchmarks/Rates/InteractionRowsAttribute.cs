using BenchmarkDotNet.Parameters;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The rows of a data view with one row for each interaction of the graph.</summary>
internal sealed class InteractionRowsAttribute() : WorkAttribute(WorkUnit.Rows)
{
    public override double PerOperation(ParameterInstances parameters) =>
        ((BenchmarkGraph)parameters[nameof(DataBenchmarks.Graph)]).InteractionCount;
}
