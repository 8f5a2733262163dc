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

    /// <summary>The loss of an objective, and the gradient that it fills.</summary>
    public static (BatchLoss Loss, BatchGradient Gradient) Create(TrainingPlan plan, ThreadTeam team)
    {
        LightGcnTrainer.Options options = plan.Options;
        BipartiteGraph graph = plan.Graph;
        int nodes = plan.NodeCount, dimension = options.EmbeddingDimension;
        int capacity = (int)Math.Min(plan.BatchSize, plan.SamplesPerEpoch);
        BatchGradient gradient;
        switch (options.Objective)
        {
            case BprObjective bpr:
                gradient = new BatchGradient(nodes, 3L * capacity, dimension, hasBase: options.BatchL2 > 0);
                return (new BprBatch(new SampleSource(graph, options.Positives, bpr.Negatives, plan.Seed), gradient, graph.UserCount, capacity, options.BatchL2, team), gradient);
            case SampledSoftmaxObjective softmax:
                gradient = new BatchGradient(nodes, 2L * capacity + Matrix.StrideOf(softmax.NegativeCount), dimension, hasBase: options.BatchL2 > 0);
                SampleSource source = new(graph, options.Positives, NegativeSampling.Uniform, plan.Seed);
                return (new SampledSoftmaxBatch(source, gradient, graph, softmax, capacity, options.BatchL2, team), gradient);
            default:
                throw new NotSupportedException($"The CPU engine does not know the objective {options.Objective}.");
        }
    }
}
