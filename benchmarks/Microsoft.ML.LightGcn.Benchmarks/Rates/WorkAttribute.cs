using BenchmarkDotNet.Parameters;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>How much work one operation of a benchmark does, in units of which a rate column shows so many a second.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal abstract class WorkAttribute(WorkUnit unit) : Attribute
{
    public WorkUnit Unit { get; } = unit;

    /// <summary>The work of an operation for given parameters of the benchmark.</summary>
    public abstract double PerOperation(ParameterInstances parameters);
}
