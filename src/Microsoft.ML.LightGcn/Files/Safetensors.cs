using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>A table of floats to write: its name in the file, and its rows.</summary>
internal sealed record NamedTable(string Name, int RowCount, int ColumnCount, ReadOnlyMemory<float> Values);

/// <summary>
/// The safetensors format (https://github.com/huggingface/safetensors): the length of a header as 8 bytes, the header in JSON,
/// and the values, little-endian and row-major.
/// </summary>
internal static class Safetensors
{
    // Readers refuse a longer header.
    private const int LongestHeader = 100_000_000;
    private const int Alignment = 8;

    /// <param name="stream">Receives the file.</param>
    /// <param name="metadata">Text by name.</param>
    /// <param name="tables">The tables, in the order of their values.</param>
    /// <exception cref="NotSupportedException">The metadata are too long for the format.</exception>
    public static void Write(Stream stream, IReadOnlyDictionary<string, string> metadata, params ReadOnlySpan<NamedTable> tables)
    {
        byte[] header = Header(metadata, tables);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (NamedTable table in tables)
            WriteValues(stream, table.Values.Span);
    }

    private static byte[] Header(IReadOnlyDictionary<string, string> metadata, ReadOnlySpan<NamedTable> tables)
    {
        using MemoryStream header = new();
        // Ids of any language stay as they are: the file is read as JSON, never shown in a web page.
        using (Utf8JsonWriter json = new(header, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach ((string name, string text) in metadata)
                json.WriteString(name, text);
            json.WriteEndObject();
            long start = 0;
            foreach (NamedTable table in tables)
            {
                long end = start + (long)table.RowCount * table.ColumnCount * sizeof(float);
                json.WriteStartObject(table.Name);
                json.WriteString("dtype", "F32");
                WriteNumbers(json, "shape", table.RowCount, table.ColumnCount);
                WriteNumbers(json, "data_offsets", start, end);
                json.WriteEndObject();
                start = end;
            }
            json.WriteEndObject();
        }
        // Padded with spaces, so that the values are aligned for readers that map the file into memory.
        while (header.Length % Alignment != 0)
            header.WriteByte((byte)' ');
        return header.Length <= LongestHeader
            ? header.ToArray()
            : throw new NotSupportedException(
                $"The ids take {header.Length:N0} bytes in the header of a safetensors file, which readers limit to {LongestHeader:N0}. Write CSV instead.");
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteValues(Stream stream, ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            // A span of bytes can't be as long as one of floats.
            const int Chunk = 1 << 20;
            for (int start = 0; start < values.Length; start += Chunk)
                stream.Write(MemoryMarshal.AsBytes(values[start..Math.Min(values.Length, start + Chunk)]));
            return;
        }
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        foreach (float value in values)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            stream.Write(bytes);
        }
    }
}
