using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>
/// Numbers for calls of libtorch that stay alive while the call reads them. TorchSharp makes a temporary <see cref="Scalar"/> of a number and
/// passes its handle alone: the garbage collector may finalize, and so free, the number before native code has read it.
/// </summary>
/// <remarks>
/// Every number that the engine hands to libtorch goes through here. That includes the factor of 1 of every sum and
/// the step of a range, which TorchSharp makes in the same way where they are left out. Tensors are held by their dispose scopes.
/// </remarks>
internal static class Scalars
{
    /// <summary>More than any call takes.</summary>
    private const int HeldCount = 64;

    [ThreadStatic]
    private static Scalar[]? s_held;

    [ThreadStatic]
    private static int s_next;

    /// <summary>The number 1.</summary>
    public static Scalar One => Held(1);

    /// <summary>A whole number, alive until the thread has asked for many others.</summary>
    public static Scalar Held(long value) => Hold(value);

    /// <summary>A number, alive until the thread has asked for many others.</summary>
    public static Scalar Held(double value) => Hold(value);

    /// <summary>The numbers start to stop - 1.</summary>
    public static Tensor Range(long start, long stop, ScalarType type, Device device) => arange(Held(start), Held(stop), One, type, device);

    private static Scalar Hold(Scalar value)
    {
        s_held ??= new Scalar[HeldCount];
        s_held[s_next] = value;
        s_next = (s_next + 1) % HeldCount;
        return value;
    }
}
