using System.Buffers;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Zeros from the shared pool, given back at the end of a using block.</summary>
internal readonly ref struct PooledVector
{
    private readonly float[] _rented;

    public PooledVector(int length)
    {
        _rented = ArrayPool<float>.Shared.Rent(length);
        Span = _rented.AsSpan(0, length);
        Span.Clear();
    }

    public Span<float> Span { get; }

    public void Dispose() => ArrayPool<float>.Shared.Return(_rented);
}
