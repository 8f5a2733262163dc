using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.LightGcn;

/// <summary>Writes the named arrays of a training session's state.</summary>
public sealed class TrainingStateWriter
{
    // The byte length of a span is an int: longer arrays are written in parts.
    internal const int PartLength = 1 << 20;

    private readonly Stream _stream;

    internal TrainingStateWriter(Stream stream) => _stream = stream;

    /// <summary>Writes an array, which may be empty.</summary>
    /// <typeparam name="T">A number type.</typeparam>
    /// <param name="name">Its name, another one for each array.</param>
    /// <param name="values">Its values.</param>
    public void Write<T>(string name, params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        WriteBlock(_stream, Encoding.UTF8.GetBytes(name));
        Span<byte> size = stackalloc byte[sizeof(int) + sizeof(long)];
        BinaryPrimitives.WriteInt32LittleEndian(size, Unsafe.SizeOf<T>());
        BinaryPrimitives.WriteInt64LittleEndian(size[sizeof(int)..], values.Length);
        _stream.Write(size);
        for (; !values.IsEmpty; values = values[Math.Min(PartLength, values.Length)..])
            _stream.Write(MemoryMarshal.AsBytes(values[..Math.Min(PartLength, values.Length)]));
    }

    /// <summary>Writes bytes after their number.</summary>
    internal static void WriteBlock(Stream stream, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        stream.Write(length);
        stream.Write(bytes);
    }
}
