using BenchmarkDotNet.Parameters;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The multiplications and additions of the scores of every user and item; selection adds comparisons, which are not counted.</summary>
/// <param name="dimension">Components of a factor.</param>
internal sealed class ScoresAttribute(int dimension = TopNBenchmarks.Dimension) : WorkAttribute(WorkUnit.Operations)
{
    public override double PerOperation(ParameterInstances parameters)
    {
        BenchmarkGraph graph = (BenchmarkGraph)parameters[nameof(TopNBenchmarks.Graph)];
        return 2.0 * graph.UserCount * graph.ItemCount * dimension;
    }
}
