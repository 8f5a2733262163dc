using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>What can be told of a model file before it is loaded.</summary>
internal static class SavedFile
{
    private const int HeaderLength = 256, TailLength = 8;

    // What ML.NET's tables and descriptions of steps start with, and where in their header the place of their tail stands.
    private static readonly (byte[] Magic, int TailPlace)[] Kinds = [("CML\0DVB\0"u8.ToArray(), 32), ("ML\0MODEL"u8.ToArray(), 128)];

    /// <summary>Whether a file is one of the library's own: JSON after eight bytes of its length. The position stays where it is.</summary>
    public static bool IsOwn(Stream file)
    {
        long start = file.Position;
        Span<byte> first = stackalloc byte[sizeof(long) + 1];
        int read = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        file.Position = start;
        return read == first.Length && first[^1] == (byte)'{' && !first.StartsWith("PK"u8);
    }

    /// <summary>
    /// Refuses parts of ML.NET's file that are longer than they say: ML.NET takes every table into memory whole, whatever is at its end.
    /// </summary>
    /// <exception cref="InvalidDataException">A part is not what it says, or the file is no zip.</exception>
    public static void CheckParts(Stream file)
    {
        using ZipArchive archive = new(file, ZipArchiveMode.Read, leaveOpen: true);
        byte[] header = new byte[HeaderLength];
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream content = entry.Open();
            int read = content.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
            int kind = read < HeaderLength ? -1 : Array.FindIndex(Kinds, kind => header.AsSpan().StartsWith(kind.Magic));
            if (kind < 0 && entry.Name.EndsWith(".idv", StringComparison.Ordinal))
                throw new InvalidDataException($"expected a table as '{entry.FullName}', found {entry.Length:N0} bytes of something else.");
            if (kind < 0)
                continue;
            long tail = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(Kinds[kind].TailPlace));
            if (tail != entry.Length - TailLength)
                throw new InvalidDataException($"'{entry.FullName}': expected {tail + TailLength:N0} bytes, as its header says, found {entry.Length:N0}.");
        }
    }
}
