namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>What work is counted in.</summary>
internal enum WorkUnit
{
    /// <summary>Bytes that are read or written.</summary>
    Bytes,

    /// <summary>Additions and multiplications.</summary>
    Operations,

    /// <summary>Rows of data.</summary>
    Rows,
}
