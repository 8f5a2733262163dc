using Microsoft.ML.LightGcn.Training;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>The loss of a batch on the device, and its gradient with respect to the propagated embeddings.</summary>
internal abstract class DeviceBatchLoss
{
    /// <summary>Computes loss and gradient.</summary>
    /// <param name="embeddings">Layer-0 embeddings, for the L2.</param>
    /// <param name="propagated">Propagated embeddings.</param>
    /// <param name="samples">The batch.</param>
    /// <param name="firstSample">Number of its first sample, from the start of training.</param>
    public abstract DeviceBatchResult Compute(Tensor embeddings, GatherTable propagated, SampleBlock samples, long firstSample);

    /// <summary>The loss of the plan's objective, and the source of its samples.</summary>
    /// <exception cref="NotSupportedException">The engine does not know the objective.</exception>
    public static (DeviceBatchLoss Loss, DeviceSampleSource Source) Create(TrainingPlan plan, DeviceGraph graph, DeviceTensors tensors)
    {
        TrainingSettings settings = plan.Settings;
        switch (settings.Objective)
        {
            case BprObjective bpr:
                return (new DeviceBprLoss(plan.Layout.FirstItem, settings.BatchL2),
                    new DeviceSampleSource(plan.Interactions, graph, settings.Positives, bpr.Negatives, plan.Settings.Seed, tensors));
            case SampledSoftmaxObjective softmax:
                DeviceSampleSource source = new(plan.Interactions, graph, settings.Positives, negatives: null, plan.Settings.Seed, tensors);
                return (new DeviceSampledSoftmaxLoss(source, plan, softmax, tensors), source);
            default:
                throw new NotSupportedException($"The TorchSharp engine does not know the objective {settings.Objective}.");
        }
    }

    /// <summary>Orders entries by node: which entries belong to node 0, which to node 1, and where each node's start.</summary>
    protected static (Tensor Order, Tensor Starts) ByNode(Tensor nodes, long nodeCount)
    {
        (Tensor sorted, Tensor order) = sort(nodes, stable: true);
        return (order, searchsorted(sorted, Range(0, nodeCount, ScalarType.Int64, nodes.device)));
    }

    /// <summary>l2 / 2 times the squared norms of the nodes' layer-0 embeddings, summed, and its gradient: nodes x dimension.</summary>
    /// <param name="embeddings">Layer-0 embeddings.</param>
    /// <param name="nodes">Nodes, once for each time they occur.</param>
    /// <param name="weights">1 for an entry that counts, else 0.</param>
    /// <param name="l2">The factor.</param>
    /// <param name="count">Samples of the batch.</param>
    protected static (Tensor Loss, Tensor Gradient) Regularize(Tensor embeddings, Tensor nodes, Tensor weights, double l2, long count)
    {
        Tensor norms = embeddings.index_select(0, nodes).square().sum(1).mul_(weights);
        // Whole numbers add up exactly, in whatever order the device adds them.
        Tensor occurrences = zeros(embeddings.shape[0], ScalarType.Float32, embeddings.device).index_add_(0, nodes, weights, One);
        return (norms.sum(ScalarType.Float64).mul_(Held(l2 / 2 / count)), occurrences.mul_(Held(l2 / count)).unsqueeze_(1).mul(embeddings));
    }
}

/// <summary>What a batch gives.</summary>
/// <param name="Loss">The loss: one number in double precision.</param>
/// <param name="Gradient">Gradient with respect to the propagated embeddings: nodes x dimension.</param>
/// <param name="BaseGradient">Gradient with respect to the layer-0 embeddings other than through propagation: nodes x dimension; null if there is none.</param>
internal sealed record DeviceBatchResult(Tensor Loss, Tensor Gradient, Tensor? BaseGradient);
