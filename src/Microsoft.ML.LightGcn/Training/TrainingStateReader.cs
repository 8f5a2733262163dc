using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Reads what <see cref="TrainingStateWriter"/> wrote.</summary>
internal sealed class TrainingStateReader
{
    private readonly Stream _stream;
    private readonly Dictionary<string, (long Start, int Size, long Count)> _arrays = [];

    /// <param name="stream">A stream that can seek, at the first array.</param>
    /// <param name="end">Position after the last array.</param>
    /// <exception cref="InvalidDataException">The arrays do not end where they should.</exception>
    public TrainingStateReader(Stream stream, long end)
    {
        _stream = stream;
        Span<byte> size = stackalloc byte[sizeof(int) + sizeof(long)];
        while (stream.Position < end)
        {
            string name = Encoding.UTF8.GetString(ReadBlock(stream, end));
            if (end - stream.Position < size.Length)
                throw new InvalidDataException($"the array {name} is cut off");
            stream.ReadExactly(size);
            (int width, long count, long start) =
                (BinaryPrimitives.ReadInt32LittleEndian(size), BinaryPrimitives.ReadInt64LittleEndian(size[sizeof(int)..]), stream.Position);
            if (width < 1 || count < 0 || count > (end - start) / width || !_arrays.TryAdd(name, (start, width, count)))
                throw new InvalidDataException($"the array {name} says it has {count:N0} values of {width} bytes, {end - start:N0} bytes are left");
            stream.Position = start + width * count;
        }
    }

    /// <summary>The number of values of an array.</summary>
    /// <param name="name">Name of the array.</param>
    /// <exception cref="InvalidDataException">There is no such array.</exception>
    public long Count(string name) => Find(name).Count;

    /// <summary>Reads a whole array.</summary>
    /// <typeparam name="T">The number type that was written.</typeparam>
    /// <param name="name">Name of the array.</param>
    /// <param name="values">Destination, as long as the array.</param>
    /// <exception cref="InvalidDataException">There is no such array, or it has values of another number or size.</exception>
    public void Read<T>(string name, Span<T> values)
        where T : unmanaged
    {
        _stream.Position = Check<T>(name, values.Length);
        for (; !values.IsEmpty; values = values[Math.Min(TrainingStateWriter.PartLength, values.Length)..])
            _stream.ReadExactly(MemoryMarshal.AsBytes(values[..Math.Min(TrainingStateWriter.PartLength, values.Length)]));
    }

    /// <summary>Reads a whole array part by part.</summary>
    /// <typeparam name="T">The number type that was written.</typeparam>
    /// <param name="name">Name of the array.</param>
    /// <param name="count">Its number of values.</param>
    /// <param name="multiple">Every part has a multiple of so many values.</param>
    /// <param name="take">Takes the values from a place on.</param>
    /// <exception cref="InvalidDataException">There is no such array, or it has values of another number or size.</exception>
    public void ReadParts<T>(string name, long count, int multiple, Action<long, ReadOnlySpan<T>> take)
        where T : unmanaged
    {
        _stream.Position = Check<T>(name, count);
        T[] part = new T[TrainingStateWriter.PartOf(count, multiple)];
        for (long start = 0; start < count; start += part.Length)
        {
            Span<T> values = part.AsSpan(0, (int)Math.Min(part.Length, count - start));
            _stream.ReadExactly(MemoryMarshal.AsBytes(values));
            take(start, values);
        }
    }

    /// <summary>Reads the bytes of <see cref="TrainingStateWriter.WriteBlock"/>.</summary>
    internal static byte[] ReadBlock(Stream stream, long end)
    {
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        if (end - stream.Position < prefix.Length)
            throw new InvalidDataException("a length is cut off");
        stream.ReadExactly(prefix);
        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length < 0 || length > end - stream.Position)
            throw new InvalidDataException($"a part says it has {length:N0} bytes, {end - stream.Position:N0} are left");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Where an array starts.</summary>
    private long Check<T>(string name, long expected)
        where T : unmanaged
    {
        (long start, int size, long count) = Find(name);
        return count == expected && size == Unsafe.SizeOf<T>()
            ? start
            : throw new InvalidDataException(
                $"The saved state has {count:N0} values of {size} bytes as '{name}': expected {expected:N0} of {Unsafe.SizeOf<T>()} bytes.");
    }

    private (long Start, int Size, long Count) Find(string name) =>
        _arrays.TryGetValue(name, out var array)
            ? array
            : throw new InvalidDataException($"The saved state has no '{name}': it has {string.Join(", ", _arrays.Keys)}.");
}
