using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>An array of integers of rank 0 to 2; the values are in row-major (C) order.</summary>
internal sealed record NpyArray(int[] Shape, int[] Values);

/// <summary>
/// NumPy's .npy format for arrays of integers (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html):
/// a magic string, a version, the length of a header, the header (a Python dictionary), and the values.
/// </summary>
internal static partial class NpyFile
{
    /// <summary>More bytes than the start and the header of any array of rank 0 to 2 take.</summary>
    public const int LongestHeader = 1 << 16;

    private const int HeaderAlignment = 64, MaximumRank = 2, PrefixLength = 10, ShownLength = 200;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Writes version 1.0, little-endian int32, row-major.</summary>
    public static void Write(Stream stream, ReadOnlySpan<int> values, params ReadOnlySpan<int> shape)
    {
        StringBuilder header = new("{'descr': '<i4', 'fortran_order': False, 'shape': ");
        header.Append(ShapeText(shape)).Append(", }");
        // The header ends in a line feed, and the values start at a multiple of 64.
        int length = PrefixLength + header.Length + 1;
        header.Append(' ', (HeaderAlignment - length % HeaderAlignment) % HeaderAlignment).Append('\n');

        Span<byte> prefix = stackalloc byte[PrefixLength];
        Magic.CopyTo(prefix);
        prefix[6] = 1;
        prefix[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(prefix[8..], (ushort)header.Length);
        stream.Write(prefix);
        stream.Write(Encoding.ASCII.GetBytes(header.ToString()));

        Span<byte> buffer = stackalloc byte[4096];
        for (int start = 0; start < values.Length; start += buffer.Length / sizeof(int))
        {
            ReadOnlySpan<int> chunk = values.Slice(start, Math.Min(buffer.Length / sizeof(int), values.Length - start));
            for (int k = 0; k < chunk.Length; k++)
                BinaryPrimitives.WriteInt32LittleEndian(buffer[(k * sizeof(int))..], chunk[k]);
            stream.Write(buffer[..(chunk.Length * sizeof(int))]);
        }
    }

    /// <summary>
    /// Reads versions 1.0, 2.0 and 3.0, integers of 1 to 8 bytes (little-endian), row-major or column-major, rank 0 to 2.
    /// </summary>
    /// <param name="bytes">The whole file; a byte too few or too many is an error.</param>
    /// <param name="source">Names the file in errors.</param>
    /// <exception cref="InvalidDataException">Another format, damaged, or a value that does not fit an int.</exception>
    public static NpyArray Read(ReadOnlySpan<byte> bytes, string source)
    {
        Header header = ReadHeader(bytes, source);
        int[] shape = header.Shape;
        int count = CountOf(shape, source);
        ReadOnlySpan<byte> data = bytes[header.Length..];
        int[] values = header.Type switch
        {
            "|i1" => Decode(data, 1, count, source, static span => (sbyte)span[0]),
            "|u1" => Decode(data, 1, count, source, static span => span[0]),
            "<i2" => Decode(data, 2, count, source, static span => BinaryPrimitives.ReadInt16LittleEndian(span)),
            "<u2" => Decode(data, 2, count, source, static span => BinaryPrimitives.ReadUInt16LittleEndian(span)),
            "<i4" => Decode(data, 4, count, source, static span => BinaryPrimitives.ReadInt32LittleEndian(span)),
            "<u4" => Decode(data, 4, count, source, static span => BinaryPrimitives.ReadUInt32LittleEndian(span)),
            "<i8" => Decode(data, 8, count, source, static span => BinaryPrimitives.ReadInt64LittleEndian(span)),
            _ => throw NoInteger(header.Type, source),
        };
        return new NpyArray(shape, header.ColumnMajor && shape.Length == 2 ? ToRowMajor(values, shape[0], shape[1]) : values);
    }

    /// <summary>Compares the length of a file with what its header says, before the rest is read.</summary>
    /// <param name="start">The file's first <see cref="LongestHeader"/> bytes, or all.</param>
    /// <param name="length">Length of the whole file.</param>
    /// <param name="source">Names the file in errors.</param>
    /// <exception cref="InvalidDataException">Another length, or no array that <see cref="Read"/> reads.</exception>
    public static void CheckLength(ReadOnlySpan<byte> start, long length, string source)
    {
        Header header = ReadHeader(start, source);
        int width = header.Type is [_, 'i' or 'u', '1' or '2' or '4' or '8'] ? header.Type[2] - '0' : throw NoInteger(header.Type, source);
        CheckLength(length - header.Length, width, CountOf(header.Shape, source), source);
    }

    private static Header ReadHeader(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length < PrefixLength || !bytes.StartsWith(Magic))
            throw Bad(source, $"expected a .npy array, which starts with '\\x93NUMPY', found {bytes.Length:N0} bytes of something else");
        (int major, int minor) = (bytes[6], bytes[7]);
        if (major is < 1 or > 3 || minor != 0)
            throw Bad(source, $"expected .npy version 1.0, 2.0 or 3.0, found {major}.{minor}");
        int prefix = major == 1 ? PrefixLength : PrefixLength + 2;
        if (bytes.Length < prefix)
            throw Bad(source, $"expected a header of .npy version {major}.0, found {bytes.Length} bytes");
        uint headerLength = major == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (headerLength > (uint)(bytes.Length - prefix))
            throw Bad(source, $"expected a header of {headerLength:N0} bytes, found {bytes.Length - prefix:N0}: the file is cut off");
        ReadOnlySpan<byte> headerBytes = bytes.Slice(prefix, (int)headerLength);
        (string type, bool columnMajor, int[] shape) = ParseHeader(
            (major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(headerBytes), source);
        return new Header(type, columnMajor, shape, prefix + (int)headerLength);
    }

    private static int CountOf(int[] shape, string source)
    {
        long count = 1;
        foreach (int length in shape)
            count *= length;
        return count <= Array.MaxLength ? (int)count : throw Bad(source, $"expected at most {Array.MaxLength:N0} values, found shape {ShapeText(shape)}");
    }

    private static void CheckLength(long found, int width, int count, string source)
    {
        if (found != (long)count * width)
            throw Bad(source, $"expected {count:N0} values of {width} bytes, found {found:N0} bytes");
    }

    public static string ShapeText(ReadOnlySpan<int> shape) => shape.Length switch
    {
        0 => "()",
        1 => string.Create(CultureInfo.InvariantCulture, $"({shape[0]},)"),
        _ => $"({string.Join(", ", shape.ToArray())})",
    };

    private static int[] Decode(ReadOnlySpan<byte> data, int width, int count, string source, Func<ReadOnlySpan<byte>, long> read)
    {
        CheckLength(data.Length, width, count, source);
        int[] values = new int[count];
        for (int k = 0; k < values.Length; k++)
        {
            long value = read(data.Slice(k * width, width));
            if (value != (int)value)
                throw Bad(source, $"expected values from {int.MinValue} to {int.MaxValue}, found {value}");
            values[k] = (int)value;
        }
        return values;
    }

    private static int[] ToRowMajor(int[] values, int rows, int columns)
    {
        int[] turned = new int[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                turned[row * columns + column] = values[column * rows + row];
        }
        return turned;
    }

    private static (string Type, bool ColumnMajor, int[] Shape) ParseHeader(string header, string source)
    {
        Match match = HeaderText().Match(header);
        string? type = null;
        bool? columnMajor = null;
        int[]? shape = null;
        CaptureCollection keys = match.Groups["key"].Captures, found = match.Groups["value"].Captures;
        for (int k = 0; k < keys.Count; k++)
        {
            string value = found[k].Value;
            switch (keys[k].Value)
            {
                case "descr" when type is null && value[0] == '\'':
                    type = value[1..^1];
                    break;
                case "fortran_order" when columnMajor is null && value is "True" or "False":
                    columnMajor = value == "True";
                    break;
                case "shape" when shape is null && value[0] == '(':
                    shape = ParseShape(value[1..^1], source);
                    break;
                default:
                    throw NotAHeader();
            }
        }
        return type is not null && columnMajor is not null && shape is not null ? (type, columnMajor.Value, shape) : throw NotAHeader();

        InvalidDataException NotAHeader() => Bad(
            source,
            $"expected a header with descr, fortran_order and shape of plain integers, found \"{header[..Math.Min(header.Length, ShownLength)].Trim()}\"");
    }

    private static int[] ParseShape(string text, string source)
    {
        string[] parts = text.TrimEnd().TrimEnd(',').Split(',', StringSplitOptions.TrimEntries);
        if (parts is [""])
            return [];
        if (parts.Length > MaximumRank)
            throw Bad(source, $"expected an array of at most {MaximumRank} dimensions, found shape ({text})");
        int[] shape = new int[parts.Length];
        for (int d = 0; d < shape.Length; d++)
        {
            if (!int.TryParse(parts[d], NumberStyles.None, CultureInfo.InvariantCulture, out shape[d]))
                throw Bad(source, $"expected a shape of lengths up to {int.MaxValue}, found shape ({text})");
        }
        return shape;
    }

    private static InvalidDataException NoInteger(string type, string source) =>
        Bad(source, $"expected integers, one of |i1, |u1, <i2, <u2, <i4, <u4, <i8, found '{type}'");

    private static InvalidDataException Bad(string source, string message) => new($"{source}: {message}.");

    /// <summary>What stands before the values, and its own length in bytes.</summary>
    private readonly record struct Header(string Type, bool ColumnMajor, int[] Shape, int Length);

    [GeneratedRegex(@"\A\s*\{\s*(?:'(?<key>\w+)'\s*:\s*(?<value>'[^']*'|True|False|\([^()]*\))\s*(?:,\s*|(?=\})))*\}\s*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex HeaderText();
}
