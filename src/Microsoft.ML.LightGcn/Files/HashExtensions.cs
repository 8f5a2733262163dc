using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>Hashes of arrays of any length.</summary>
internal static class HashExtensions
{
    /// <summary>Appends the bytes of values.</summary>
    public static void Append<T>(this IncrementalHash hash, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        // The byte length of a span is an int, and there may be 2^31 interactions.
        const int part = 1 << 20;
        for (; !values.IsEmpty; values = values[Math.Min(part, values.Length)..])
            hash.AppendData(MemoryMarshal.AsBytes(values[..Math.Min(part, values.Length)]));
    }

    /// <summary>Appends a text and an end, so that texts one after the other are told apart.</summary>
    public static void AppendText(this IncrementalHash hash, ReadOnlySpan<char> text)
    {
        hash.AppendData(MemoryMarshal.AsBytes(text));
        hash.AppendData([0, 0]);
    }
}
