using System.Runtime.InteropServices;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// Numbers outside the garbage collector's heap, for large working memory of a part of training: it is given back as soon as that part ends, where an array
/// would stay until the next full collection, beside what comes after.
/// </summary>
internal sealed unsafe class UnmanagedFloats : IDisposable
{
    private readonly long _length;
    private float* _numbers;

    /// <param name="length">How many numbers, whose values are anything.</param>
    /// <exception cref="OutOfMemoryException">There is no such memory.</exception>
    public UnmanagedFloats(long length)
    {
        _length = length;
        _numbers = (float*)NativeMemory.Alloc((nuint)length, sizeof(float));
    }

    ~UnmanagedFloats() => Free();

    /// <summary>Some of the numbers; the span is not to be used once they are given back.</summary>
    public Span<float> Slice(long start, int length)
    {
        ObjectDisposedException.ThrowIf(_numbers is null, this);
        if (start < 0 || length < 0 || start > _length - length)
            throw new ArgumentOutOfRangeException(nameof(start), $"Expected a part of {_length:N0} numbers, found {length:N0} from {start:N0} on.");
        return new Span<float>(_numbers + start, length);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_numbers);
        _numbers = null;
    }
}
