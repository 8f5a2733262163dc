using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>Consecutive samples of training, on the device.</summary>
/// <param name="Users">User indices.</param>
/// <param name="Positives">A positive item for each user.</param>
/// <param name="Negatives">A negative item for each user, -1 for a user who has every item; null where the objective needs none.</param>
internal sealed record SampleBlock(Tensor Users, Tensor Positives, Tensor? Negatives)
{
    /// <summary>The samples from start on; views of these.</summary>
    public SampleBlock Slice(long start, long count) =>
        new(Users.narrow(0, start, count), Positives.narrow(0, start, count), Negatives?.narrow(0, start, count));
}
