using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>What a batch gives.</summary>
/// <param name="Loss">The loss: one number in double precision.</param>
/// <param name="Gradient">Gradient with respect to the propagated embeddings: nodes x dimension.</param>
/// <param name="BaseGradient">Gradient with respect to the layer-0 embeddings other than through propagation: nodes x dimension; null if there is none.</param>
internal sealed record DeviceBatchResult(Tensor Loss, Tensor Gradient, Tensor? BaseGradient);
