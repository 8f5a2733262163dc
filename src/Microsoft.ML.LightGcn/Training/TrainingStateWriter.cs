using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Writes the named arrays of a training session's state.</summary>
internal sealed class TrainingStateWriter
{
    // The byte length of a span is an int: longer arrays are written in parts.
    internal const int PartLength = 1 << 20;

    private readonly Stream _stream;

    public TrainingStateWriter(Stream stream) => _stream = stream;

    /// <summary>Writes an array, which may be empty.</summary>
    /// <typeparam name="T">A number type.</typeparam>
    /// <param name="name">Its name, another one for each array.</param>
    /// <param name="values">Its values.</param>
    public void Write<T>(string name, params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        WriteHeader<T>(name, values.Length);
        for (; !values.IsEmpty; values = values[Math.Min(PartLength, values.Length)..])
            _stream.Write(MemoryMarshal.AsBytes(values[..Math.Min(PartLength, values.Length)]));
    }

    /// <summary>Writes an array whose values are made part by part.</summary>
    /// <typeparam name="T">A number type.</typeparam>
    /// <param name="name">Its name, another one for each array.</param>
    /// <param name="count">Number of values.</param>
    /// <param name="multiple">Every part has a multiple of so many values.</param>
    /// <param name="fill">Writes the values from a place on.</param>
    public void WriteParts<T>(string name, long count, int multiple, Action<long, Span<T>> fill)
        where T : unmanaged
    {
        WriteHeader<T>(name, count);
        T[] part = new T[PartOf(count, multiple)];
        for (long start = 0; start < count; start += part.Length)
        {
            Span<T> values = part.AsSpan(0, (int)Math.Min(part.Length, count - start));
            fill(start, values);
            _stream.Write(MemoryMarshal.AsBytes(values));
        }
    }

    /// <summary>Has everything written that there is, and throws only then if a write failed: others wait for the parts to be asked for.</summary>
    public void WriteOrFailLater(Action<TrainingStateWriter> save)
    {
        using PatientStream patient = new(_stream);
        save(new TrainingStateWriter(patient));
        if (patient.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Number of values in a part: a multiple of a number, or the number itself.</summary>
    internal static int PartOf(long count, int multiple) => (int)Math.Min(count, Math.Max(1, PartLength / multiple) * (long)multiple);

    private void WriteHeader<T>(string name, long count)
        where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        WriteBlock(_stream, Encoding.UTF8.GetBytes(name));
        Span<byte> size = stackalloc byte[sizeof(int) + sizeof(long)];
        BinaryPrimitives.WriteInt32LittleEndian(size, Unsafe.SizeOf<T>());
        BinaryPrimitives.WriteInt64LittleEndian(size[sizeof(int)..], count);
        _stream.Write(size);
    }

    /// <summary>Writes bytes after their number.</summary>
    internal static void WriteBlock(Stream stream, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        stream.Write(length);
        stream.Write(bytes);
    }

    /// <summary>Writes to another stream until that fails, and then to nowhere.</summary>
    private sealed class PatientStream(Stream stream) : Stream
    {
        public Exception? Failure { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                if (Failure is null)
                    stream.Write(buffer);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Failure = error;
            }
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
