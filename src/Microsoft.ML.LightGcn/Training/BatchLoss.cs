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

    /// <summary>Fills the gradient of the samples last drawn and returns their loss.</summary>
    /// <param name="embeddings">Layer-0 embeddings, for the L2.</param>
    /// <param name="propagated">Propagated embeddings; only rows with a slot are read.</param>
    public abstract double Compute(Matrix embeddings, Matrix propagated);

    /// <summary>Bytes of a batch's tables: those of the gradient, and those that sampled softmax compares.</summary>
    public static long Bytes(TrainingPlan plan)
    {
        long row = Matrix.StrideOf(plan.Settings.EmbeddingDimension) * (long)sizeof(float), capacity = plan.BatchCapacity;
        bool isSoftmax = plan.Settings.Objective is SampledSoftmaxObjective;
        long slots = Math.Min(plan.Layout.NodeCount, isSoftmax ? 2 * capacity + plan.NegativeCount : 3 * capacity);
        return slots * row * (plan.Settings.BatchL2 > 0 ? 2 : 1)
            + (isSoftmax ? SoftmaxComparer.RowCount(capacity, plan.NegativeCount, SoftmaxSamples.MaximumGroupCount) * row : 0);
    }

    /// <summary>The loss of an objective, and the gradient that it fills.</summary>
    public static (BatchLoss Loss, BatchGradient Gradient) Create(TrainingPlan plan, ThreadTeam team)
    {
        TrainingSettings settings = plan.Settings;
        int nodes = plan.Layout.NodeCount, dimension = settings.EmbeddingDimension, capacity = plan.BatchCapacity;
        bool hasBase = settings.BatchL2 > 0;
        BatchGradient gradient;
        switch (settings.Objective)
        {
            case BprObjective bpr:
                gradient = new BatchGradient(nodes, 3L * capacity, dimension, hasBase);
                return (new BprBatch(new SampleSource(plan.Interactions, settings.Positives, bpr.Negatives, settings.Seed), gradient, plan, team), gradient);
            case SampledSoftmaxObjective:
                gradient = new BatchGradient(nodes, 2L * capacity + plan.NegativeCount, dimension, hasBase);
                SampleSource source = new(plan.Interactions, settings.Positives, NegativeSampling.Uniform, settings.Seed);
                return (new SampledSoftmaxBatch(source, gradient, plan, team), gradient);
            default:
                throw new NotSupportedException($"The CPU engine does not know the objective {settings.Objective}.");
        }
    }
}
