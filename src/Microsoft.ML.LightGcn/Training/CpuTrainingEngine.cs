using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>The managed engine: SIMD kernels on the processor's own threads, no native library.</summary>
/// <remarks>
/// Memory: the graph, five tables of nodes x dimension floats (embeddings, propagated embeddings, scratch and
/// Adam's two moments), and some rows for each sample of a batch (<see cref="BatchLoss.Bytes"/>). The first two become the model.
/// </remarks>
internal sealed class CpuTrainingEngine : TrainingEngine
{
    // Embeddings, propagated embeddings, scratch and two moments.
    private const int TableCount = 5;

    public override string Name => "cpu";

    /// <summary>What it propagates in unless told otherwise.</summary>
    public const PropagationPrecision Precision = PropagationPrecision.Bfloat16;

    internal override PropagationPrecision AutomaticPrecision => Precision;

    internal override long SessionBytes(TrainingPlan plan) => TableCount * TrainingMemory.TableBytes(plan) + BatchLoss.Bytes(plan);

    /// <summary>The packed items lie in the scratch table.</summary>
    internal override long ValidationBytes(TrainingPlan plan, int userCount) => TrainingMemory.TableBytes(plan);

    internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings) =>
        new CpuTrainingSession(plan, embeddings, team => BatchLoss.Create(plan, team));
}
