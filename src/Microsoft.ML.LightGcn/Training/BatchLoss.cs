using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Draws a batch, then computes its loss and fills the gradient with respect to the propagated embeddings.</summary>
internal abstract class BatchLoss
{
    /// <summary>Draws samples firstSample to firstSample + count - 1 and gives the nodes that they touch their slots in the gradient.</summary>
    /// <param name="firstSample">Number of the first sample, from the start of training.</param>
    /// <param name="count">Number of samples.</param>
    public abstract void Draw(long firstSample, int count);

    /// <summary>Fills the gradient of the samples last drawn, from the propagated embeddings that lie beside it, and returns their loss.</summary>
    /// <param name="embeddings">Layer-0 embeddings, for the L2.</param>
    public abstract double Compute(Matrix embeddings);

    /// <summary>Bytes of a batch's tables: those of the gradient and of BPR's embeddings, and those that sampled softmax compares.</summary>
    public static long Bytes(TrainingPlan plan)
    {
        long row = Matrix.StrideOf(plan.Settings.EmbeddingDimension) * (long)sizeof(float), capacity = plan.BatchCapacity;
        bool isSoftmax = plan.Settings.Objective is SampledSoftmaxObjective;
        long slots = Math.Min(plan.Layout.NodeCount, isSoftmax ? 2 * capacity + plan.NegativeCount : 3 * capacity);
        return slots * row * ((isSoftmax ? 1 : 2) + (plan.Settings.BatchL2 > 0 ? 1 : 0))
            + (isSoftmax ? SoftmaxComparer.RowCount(capacity, plan.NegativeCount, SoftmaxSamples.MaximumGroupCount) * row : 0);
    }

    /// <summary>The loss of an objective, and the gradient that it fills.</summary>
    /// <param name="plan">Graph and settings.</param>
    /// <param name="team">The threads.</param>
    /// <param name="room">Where the batch's matrices lie; null for memory of their own.</param>
    public static (BatchLoss Loss, BatchGradient Gradient) Create(TrainingPlan plan, ThreadTeam team, MatrixRoom? room = null)
    {
        TrainingSettings settings = plan.Settings;
        int nodes = plan.Layout.NodeCount, dimension = settings.EmbeddingDimension, capacity = plan.BatchCapacity;
        bool hasBase = settings.BatchL2 > 0;
        BatchGradient gradient;
        switch (settings.Objective)
        {
            case BprObjective bpr:
                gradient = new BatchGradient(nodes, 3L * capacity, dimension, hasBase, replacesEmbeddings: false, room);
                return (new BprBatch(new SampleSource(plan.Interactions, settings.Positives, bpr.Negatives, settings.Seed), gradient, plan, team), gradient);
            case SampledSoftmaxObjective:
                gradient = new BatchGradient(nodes, 2L * capacity + plan.NegativeCount, dimension, hasBase, replacesEmbeddings: true, room);
                SampleSource source = new(plan.Interactions, settings.Positives, NegativeSampling.Uniform, settings.Seed);
                return (new SampledSoftmaxBatch(source, gradient, plan, team, room), gradient);
            default:
                throw new NotSupportedException($"The CPU engine does not know the objective {settings.Objective}.");
        }
    }
}
