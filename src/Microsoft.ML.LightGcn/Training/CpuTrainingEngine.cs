using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>The managed engine: SIMD kernels on the processor's own threads, no native library.</summary>
/// <remarks>
/// Memory: the graph, four tables of nodes x dimension floats (embeddings, scratch and Adam's two moments), some rows for each sample of a batch
/// (<see cref="BatchLoss.Bytes"/>), and some for each thread. Validation takes a table for the best epoch, and one for propagated embeddings, which lie
/// where a batch does in the steps. Where several layers are propagated in float32, the steps too have a table for propagated embeddings.
/// </remarks>
internal sealed class CpuTrainingEngine : TrainingEngine
{
    public override string Name => "cpu";

    /// <summary>What it propagates in unless told otherwise.</summary>
    public const PropagationPrecision Precision = PropagationPrecision.Bfloat16;

    internal override PropagationPrecision AutomaticPrecision => Precision;

    internal override long SessionBytes(TrainingPlan plan) =>
        CpuTrainingSession.TableCountOf(plan.Settings) * TrainingMemory.TableBytes(plan) + BatchLoss.Bytes(plan)
        + Propagation.ChunkBytes(plan.Settings.EmbeddingDimension, plan.Settings.ThreadCount);

    /// <summary>The best epoch, and what the propagated embeddings need beyond a batch's room; the packed items lie in the scratch table.</summary>
    internal override long ValidationBytes(TrainingPlan plan, int userCount)
    {
        long table = TrainingMemory.TableBytes(plan);
        return table + (CpuTrainingSession.StepsNeedTable(plan.Settings) ? 0 : Math.Max(0, table - BatchLoss.Bytes(plan)));
    }

    internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings) =>
        new CpuTrainingSession(
            plan, embeddings, (team, room) => BatchLoss.Create(plan, team, room), CpuTrainingSession.StepsNeedTable(plan.Settings) ? 0 : BatchLoss.Bytes(plan));
}
