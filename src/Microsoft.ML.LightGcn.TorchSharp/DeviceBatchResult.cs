using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>What a batch gives.</summary>
/// <param name="Loss">The loss: one number in double precision.</param>
/// <param name="Gradient">Gradient with respect to the propagated embeddings: nodes x dimension.</param>
/// <param name="Decay">For each node the factor of its own layer-0 embedding in its layer-0 gradient; null without L2.</param>
internal sealed record DeviceBatchResult(Tensor Loss, Tensor Gradient, Tensor? Decay);
