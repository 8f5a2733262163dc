using BenchmarkDotNet.Parameters;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The operations of <see cref="MultiplyAdds"/>.</summary>
internal sealed class MultiplyAddOperationsAttribute() : WorkAttribute(WorkUnit.Operations)
{
    public override double PerOperation(ParameterInstances parameters) => MultiplyAdds.Operations;
}
