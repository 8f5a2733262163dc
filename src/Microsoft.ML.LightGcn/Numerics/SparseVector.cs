namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>A vector given by its components other than zero.</summary>
/// <param name="Length">Number of components.</param>
/// <param name="Values">The components given.</param>
/// <param name="Indices">Their places, ascending; null where all components are given.</param>
internal readonly record struct SparseVector(int Length, float[] Values, int[]? Indices = null);
