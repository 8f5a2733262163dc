using Microsoft.ML.LightGcn.Training;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>The loss of <see cref="BprBatch"/> on the device.</summary>
/// <remarks>
/// A node's gradient is a weighted sum of other nodes' rows: the entries (node, other node, slope) are sorted by node and each node's
/// are summed as one bag. No atomics: the same bits every time.
/// </remarks>
internal sealed class DeviceBprLoss(int firstItem, double l2) : DeviceBatchLoss
{
    public override DeviceBatchResult Compute(Tensor embeddings, GatherTable propagated, SampleBlock samples, long firstSample)
    {
        long count = samples.Users.NumberOfElements;
        // A user who has every item has no negative: the sample counts as zero.
        Tensor counts = samples.Negatives!.ge(Held(0)).to(ScalarType.Float32);
        Tensor users = samples.Users, positives = samples.Positives.add(Held(firstItem), One),
            negatives = samples.Negatives!.clamp_min(Held(0)).add_(Held(firstItem), One);
        Tensor rows = propagated.Rows, userRows = rows.index_select(0, users);
        Tensor difference = rows.index_select(0, positives).sub_(rows.index_select(0, negatives)).mul_(userRows).sum(1, type: ScalarType.Float64);

        // softplus(-x) and its slope -sigmoid(-x), both without overflow.
        Tensor tail = difference.abs().neg_().exp_();
        Tensor loss = difference.neg().clamp_min_(Held(0)).add_(tail.log1p(), One).mul_(counts).sum().div_(Held(count));
        Tensor slopes = where(difference.ge(Held(0)), tail, ones_like(tail)).div_(tail.add(One, One)).div_(Held(-count)).to(ScalarType.Float32).mul_(counts);

        Tensor minusSlopes = slopes.neg();
        (Tensor order, Tensor starts) = ByNode(cat([users, users, positives, negatives]), rows.shape[0]);
        Tensor others = cat([positives, negatives, users, users]).index_select(0, order);
        Tensor gradient = propagated.Sum(others, starts, cat([slopes, minusSlopes, slopes, minusSlopes]).index_select(0, order));
        if (l2 == 0)
            return new DeviceBatchResult(loss, gradient, null);
        (Tensor penalty, Tensor baseGradient) = Regularize(embeddings, cat([users, positives, negatives]), counts.repeat(3), l2, count);
        return new DeviceBatchResult(loss.add_(penalty, One), gradient, baseGradient);
    }
}
