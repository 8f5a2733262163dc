using BenchmarkDotNet.Parameters;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>
/// The bytes of the rows that propagation gathers: in each layer, and again for each layer of the backward pass, every
/// interaction gathers the row of its item and the row of its user.
/// </summary>
/// <param name="componentBytes">Bytes of a stored component of an embedding.</param>
internal sealed class GathersAttribute(int componentBytes = sizeof(float)) : WorkAttribute(WorkUnit.Bytes)
{
    public override double PerOperation(ParameterInstances parameters)
    {
        BenchmarkGraph graph = (BenchmarkGraph)parameters[nameof(PropagationBenchmarks.Graph)];
        PropagationPass pass = (PropagationPass)parameters[nameof(PropagationBenchmarks.Pass)];
        int hops = PropagationBenchmarks.LayerCount * (pass == PropagationPass.Forward ? 1 : 2);
        return 2.0 * hops * graph.InteractionCount * PropagationBenchmarks.Dimension * componentBytes;
    }
}
