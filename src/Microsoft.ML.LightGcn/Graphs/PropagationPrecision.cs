using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>How propagation stores embeddings and gradients between layers. These are the bytes that it gathers.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The names of the formats.")]
public enum PropagationPrecision
{
    /// <summary>32-bit floats.</summary>
    Float32,

    /// <summary>
    /// The upper 16 bits of floats, rounded to nearest even. With half the bytes to gather, propagation is faster where it waits for memory: on graphs
    /// whose embeddings do not fit the caches. Rounding adds a little noise to the gradients, so metrics may be slightly better or worse. Sums, the
    /// embeddings that are trained, the loss and Adam stay in 32 bits, and the embeddings that score are propagated in 32 bits at the end.
    /// </summary>
    Bfloat16,
}
