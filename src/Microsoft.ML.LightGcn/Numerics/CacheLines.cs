using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Asks for memory that is to be read soon, where no processor can foresee it. .NET has no such instruction for arm64.</summary>
internal static unsafe class CacheLines
{
    public const int Size = 64;

    /// <summary>Begins to bring numbers into the first-level cache, or does nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        // A hint that follows the address wherever it leads: nothing is read, so nothing need be pinned.
        Fetch(Unsafe.AsPointer(ref MemoryMarshal.GetReference(values)), (nint)values.Length * sizeof(T));
    }

    /// <summary>Begins to bring bytes into the first-level cache, or does nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(void* start, nint byteCount)
    {
        if (!Sse.IsSupported)
            return;
        for (nint offset = 0; offset < byteCount; offset += Size)
            Sse.Prefetch0((byte*)start + offset);
    }
}
