using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>The loss of <see cref="SampledSoftmaxBatch"/> on the device.</summary>
/// <remarks>
/// Scores and both halves of the gradient are dense products of the batch's users and the shared negatives. Every entry's row is
/// taken back from its unit vector to its embedding on its own, (g - x (x . g)) / |e| being linear in g; then each node's rows are summed as a bag.
/// </remarks>
internal sealed class DeviceSampledSoftmaxLoss : DeviceBatchLoss
{
    private readonly DeviceSampleSource _source;
    private readonly int _firstItem, _negativeCount;
    private readonly double _temperature, _l2;
    private readonly Tensor _corrections;
    private readonly GatherTable _entryGradients;

    /// <param name="source">Draws the shared negatives.</param>
    /// <param name="plan">Graph, batch size, number of negatives and L2.</param>
    /// <param name="objective">Temperature and frequency correction.</param>
    /// <param name="tensors">Owns what this keeps on the device.</param>
    public DeviceSampledSoftmaxLoss(DeviceSampleSource source, TrainingPlan plan, SampledSoftmaxObjective objective, DeviceTensors tensors)
    {
        (_source, _firstItem, _temperature, _l2) = (source, plan.Layout.FirstItem, objective.Temperature!.Value, plan.Settings.BatchL2);
        _corrections = tensors.Keep(tensor(SoftmaxSamples.Corrections(plan.Interactions, objective)));
        _negativeCount = plan.NegativeCount;
        _entryGradients = tensors.Table(2L * plan.BatchCapacity + _negativeCount, plan.Settings.EmbeddingDimension);
    }

    public override DeviceBatchResult Compute(Tensor embeddings, GatherTable propagated, SampleBlock samples, long firstSample)
    {
        long count = samples.Users.NumberOfElements;
        Tensor negatives = _source.DrawShared(firstSample, _negativeCount);
        Tensor nodes = cat([samples.Users, samples.Positives.add(Held(_firstItem), One), negatives.add(Held(_firstItem), One)]);
        Tensor rows = propagated.Rows.index_select(0, nodes);
        // The zero embedding has no direction: its cosines are 0 and nothing moves it.
        Tensor norms = rows.square().sum(1, keepdim: true).sqrt_();
        Tensor inverseNorms = where(norms.gt(Held(0)), norms.reciprocal(), zeros_like(norms));
        Tensor units = rows.mul_(inverseNorms);
        Tensor userUnits = units.narrow(0, 0, count), positiveUnits = units.narrow(0, count, count), negativeUnits = units.narrow(0, 2 * count, _negativeCount);

        Tensor logits = userUnits.mm(negativeUnits.t()).mul_(Held(1 / _temperature)).sub_(_corrections.index_select(0, negatives));
        MaskOwn(logits, samples.Users, negatives);
        Tensor positiveLogits = userUnits.mul(positiveUnits).sum(1, keepdim: true).mul_(Held(1 / _temperature))
            .sub_(_corrections.index_select(0, samples.Positives).unsqueeze_(1));
        // Taking the largest off, nothing overflows and not everything underflows.
        Tensor largest = maximum(logits.amax([1], keepdim: true), positiveLogits);
        Tensor terms = logits.sub_(largest).exp_();
        positiveLogits.sub_(largest);
        Tensor positiveTerms = positiveLogits.exp().to(ScalarType.Float64),
            total = terms.sum(1, keepdim: true, type: ScalarType.Float64).add_(positiveTerms, One);
        Tensor loss = total.log().sub_(positiveLogits).sum().div_(Held(count));

        Tensor scale = total.mul(Held(_temperature * count)).reciprocal_();
        Tensor positiveSlopes = positiveTerms.sub(total).mul_(scale).to(ScalarType.Float32);
        Tensor slopes = terms.mul_(scale.to(ScalarType.Float32));
        Tensor gradients = _entryGradients.Rows.narrow(0, 0, 2 * count + _negativeCount);
        gradients.narrow(0, 0, count).copy_(slopes.mm(negativeUnits)).addcmul_(positiveUnits, positiveSlopes, One);
        gradients.narrow(0, count, count).copy_(userUnits).mul_(positiveSlopes);
        gradients.narrow(0, 2 * count, _negativeCount).copy_(slopes.t().mm(userUnits));
        gradients.sub_(units.mul(gradients.mul(units).sum(1, keepdim: true))).mul_(inverseNorms);

        (Tensor order, Tensor starts) = ByNode(nodes, propagated.Rows.shape[0]);
        Tensor gradient = _entryGradients.Sum(order, starts);
        if (_l2 == 0)
            return new DeviceBatchResult(loss, gradient, null);
        (Tensor penalty, Tensor baseGradient) = Regularize(
            embeddings, nodes.narrow(0, 0, 2 * count), ones(2 * count, ScalarType.Float32, nodes.device), _l2, count);
        return new DeviceBatchResult(loss.add_(penalty, One), gradient, baseGradient);
    }

    /// <summary>Takes every negative that is a sample's user's own item out: the users' few items are looked up among the sorted negatives.</summary>
    private void MaskOwn(Tensor logits, Tensor users, Tensor negatives)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor samples, Tensor items) = _source.ItemsOf(users);
        (Tensor sorted, Tensor places) = sort(negatives, stable: true);
        Tensor first = searchsorted(sorted, items);
        Tensor matches = searchsorted(sorted, items, right: true).sub_(first);
        (Tensor entries, Tensor within) = DeviceSampleSource.Expand(matches);
        Tensor columns = places.index_select(0, first.index_select(0, entries).add_(within, One));
        Tensor cells = samples.index_select(0, entries).mul_(Held(_negativeCount)).add_(columns, One);
        logits.view(-1).index_fill_(0, cells, Held(double.NegativeInfinity));
    }
}
