namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// The upper half of a float32: its range with 8 significant bits instead of 24. It is stored only; kernels compute in float32
/// (<see cref="IVectorWidth{TVector}"/> widens and rounds).
/// </summary>
internal readonly record struct Bfloat16(ushort Bits);
