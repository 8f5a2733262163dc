using System.Text;
using Microsoft.ML.LightGcn.Files;

namespace LightGcn.Examples;

/// <summary>
/// Writes a file under another name and moves it into place, so that a reader never meets half of it. A link stays a link, a file that is there
/// keeps its mode, and a pipe or another device is written to directly.
/// </summary>
public static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes text: UTF-8 without a mark, line ends "\n" everywhere, the file's folder made where it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the text.</param>
    public static void WriteText(string path, Action<TextWriter> write) => Write(path, stream =>
    {
        using StreamWriter writer = new(stream, Utf8, 1 << 16, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    });

    /// <summary>Writes bytes; the file's folder is made where it is missing. When writing fails the old file stays as it was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the bytes.</param>
    public static void Write(string path, Action<Stream> write) => FileSet.WriteFile(path, write);
}
