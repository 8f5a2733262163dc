namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>One way to compute the LightGCN operator with the mean of all layers, and its gradient.</summary>
internal interface IPropagationPeer : IDisposable
{
    /// <summary>Propagates the input's embeddings.</summary>
    void Forward();

    /// <summary>Propagates the embeddings, and takes the input's gradient with respect to the output back to them.</summary>
    void ForwardAndBackward();

    /// <summary>The propagated embeddings, row-major without padding.</summary>
    float[] Output();

    /// <summary>The gradient with respect to the embeddings, row-major without padding.</summary>
    float[] Gradient();
}
