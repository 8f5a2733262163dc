namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>What a propagation benchmark computes.</summary>
public enum PropagationPass
{
    /// <summary>The propagated embeddings, without a gradient to come.</summary>
    Forward,

    /// <summary>The propagated embeddings, and the gradient taken back through the layers.</summary>
    ForwardAndBackward,
}
