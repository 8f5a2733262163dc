using System.Buffers;
using System.Text;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>Comma-separated text by RFC 4180, in UTF-8 without a mark and with line feeds, written whole before it gets its name.</summary>
internal static class CsvFile
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public static void Write(string path, Action<TextWriter> write) => FileSet.WriteFile(path, stream => Write(stream, write));

    public static void Write(Stream stream, Action<TextWriter> write)
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    }

    /// <summary>A field, in quotes where it needs them.</summary>
    public static string Field(string text) => text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
