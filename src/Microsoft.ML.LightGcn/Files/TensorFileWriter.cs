using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>
/// Writes tensors of any size as a safetensors file (https://github.com/huggingface/safetensors), which Python and many others read: the length of a
/// header as 8 bytes, the header in JSON, and the values, row-major, in the byte order of this machine, which is little-endian. The header's metadata have
/// the SHA-256 of each tensor.
/// </summary>
/// <remarks>
/// Values are written as they lie in memory, and hashed on the way: there is no second copy, and the header is filled in at the end. Where a stream can't be
/// sought in they are hashed before.
/// </remarks>
/// <param name="withHashes">Whether the metadata get the hashes.</param>
internal sealed class TensorFileWriter(bool withHashes = true)
{
    private readonly List<Tensor> _tensors = [];

    private sealed record Tensor(string Name, string Type, long[] Shape, long ByteCount, Action<BytesWriter> Write);

    private delegate void BytesWriter(ReadOnlySpan<byte> bytes);

    /// <summary>Adds a tensor. Those of 4 and 8 bytes a number come before those of bytes, so that all are aligned.</summary>
    /// <typeparam name="T">float, int, long or byte.</typeparam>
    /// <param name="name">Its name in the file.</param>
    /// <param name="values">The values, row-major.</param>
    /// <param name="shape">The length of each dimension.</param>
    public void Add<T>(string name, ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long[] dimensions = shape.ToArray();
        _tensors.Add(new Tensor(name, TensorFormat.NameOf<T>(), dimensions, (long)values.Length * Marshal.SizeOf<T>(), write =>
            WriteValues(values.Span, write)));
    }

    /// <summary>Adds a tensor whose values are made a part at a time, as they are written.</summary>
    /// <typeparam name="T">float, int, long or byte.</typeparam>
    /// <param name="name">Its name in the file.</param>
    /// <param name="read">Gives all values, in order, to what it is given; called once for each time that the file is written.</param>
    /// <param name="shape">The length of each dimension.</param>
    public void AddParts<T>(string name, Action<Action<ReadOnlyMemory<T>>> read, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long count = 1;
        foreach (long length in shape)
            count = checked(count * length);
        _tensors.Add(new Tensor(name, TensorFormat.NameOf<T>(), shape.ToArray(), count * Marshal.SizeOf<T>(), write =>
        {
            long left = count;
            read(part =>
            {
                left -= part.Length;
                WriteValues(part.Span, write);
            });
            if (left != 0)
                throw new InvalidOperationException($"Expected {count:N0} values of {name}, found {count - left:N0}.");
        }));
    }

    /// <summary>Writes the file.</summary>
    /// <param name="stream">Receives it.</param>
    /// <param name="metadata">Text by name.</param>
    /// <exception cref="NotSupportedException">The metadata are too long for the format.</exception>
    public void Write(Stream stream, IReadOnlyDictionary<string, string> metadata)
    {
        string[] hashes = new string[withHashes ? _tensors.Count : 0];
        // A hash is of the same length whatever it is, and so is the header.
        Array.Fill(hashes, new string('0', 2 * SHA256.HashSizeInBytes));
        if (!stream.CanSeek)
            WriteValues(Stream.Null, hashes);
        long start = stream.CanSeek ? stream.Position : 0;
        WriteHeader(stream, metadata, hashes);
        WriteValues(stream, hashes);
        if (!stream.CanSeek || !withHashes)
            return;
        stream.Position = start;
        WriteHeader(stream, metadata, hashes);
        stream.Position = stream.Length;
    }

    private static void WriteValues<T>(ReadOnlySpan<T> values, BytesWriter write)
        where T : unmanaged
    {
        const int Chunk = 1 << 18;
        for (; !values.IsEmpty; values = values[Math.Min(Chunk, values.Length)..])
            write(MemoryMarshal.AsBytes(values[..Math.Min(Chunk, values.Length)]));
    }

    private void WriteValues(Stream stream, string[] hashes)
    {
        for (int t = 0; t < _tensors.Count; t++)
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            _tensors[t].Write(bytes =>
            {
                if (withHashes)
                    hash.AppendData(bytes);
                stream.Write(bytes);
            });
            if (withHashes)
                hashes[t] = Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    private void WriteHeader(Stream stream, IReadOnlyDictionary<string, string> metadata, string[] hashes)
    {
        using MemoryStream header = new();
        // Ids of any language stay as they are: the file is read as JSON, never shown in a web page.
        using (Utf8JsonWriter json = new(header, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach ((string name, string text) in metadata)
                json.WriteString(name, text);
            for (int t = 0; t < hashes.Length; t++)
                json.WriteString(TensorFormat.HashPrefix + _tensors[t].Name, hashes[t]);
            json.WriteEndObject();
            long offset = 0;
            foreach (Tensor tensor in _tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", offset, offset + tensor.ByteCount);
                json.WriteEndObject();
                offset += tensor.ByteCount;
            }
            json.WriteEndObject();
        }
        // Padded with spaces, so that values start on a cache line.
        while ((header.Length + sizeof(ulong)) % TensorFormat.Alignment != 0)
            header.WriteByte((byte)' ');
        if (header.Length > TensorFormat.LongestHeader)
            throw new NotSupportedException(
                $"The metadata take {header.Length:N0} bytes in the header of a safetensors file, which readers limit to {TensorFormat.LongestHeader:N0}.");
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header.GetBuffer().AsSpan(0, (int)header.Length));
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}

/// <summary>What readers and writers of safetensors files agree on.</summary>
internal static class TensorFormat
{
    /// <summary>What a tensor's hash is named in the metadata, before the tensor's name.</summary>
    public const string HashPrefix = "sha256.";

    /// <summary>What the values start at a multiple of, in bytes.</summary>
    public const int Alignment = 64;

    /// <summary>Readers refuse a longer header.</summary>
    public const int LongestHeader = 100_000_000;

    /// <summary>The name of a type.</summary>
    public static string NameOf<T>() =>
        typeof(T) == typeof(float) ? "F32"
        : typeof(T) == typeof(int) ? "I32"
        : typeof(T) == typeof(long) ? "I64"
        : typeof(T) == typeof(byte) ? "U8"
        : throw new NotSupportedException($"Tensors of {typeof(T).Name} are not written.");

    /// <summary>The bytes of a number; -1 for a type that is not read.</summary>
    public static int SizeOf(string type) => type switch
    {
        "F32" or "I32" => 4,
        "I64" => 8,
        "U8" => 1,
        _ => -1,
    };
}
