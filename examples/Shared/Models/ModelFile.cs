using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML;

namespace LightGcn.Examples;

/// <summary>
/// Loads model files that ML.NET saved, after a look at their parts. ML.NET takes every table into memory whole, whatever is at its end, and
/// says of what it can't load that a constructor failed: here a part that is longer than it says is refused unread, and an error says its cause.
/// </summary>
/// <remarks>A model file can have code run (SECURITY.md). This guards against damage, not against files of strangers.</remarks>
public static class ModelFile
{
    private const int HeaderLength = 256, TailLength = 8;

    // What tables and descriptions of steps start with, and where in their header the place of their tail stands.
    private static readonly (byte[] Magic, int TailPlace)[] Kinds = [("CML\0DVB\0"u8.ToArray(), 32), ("ML\0MODEL"u8.ToArray(), 128)];

    /// <summary>Loads a model from a file.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is damaged or no model, or needs an assembly that is not there; the message names the file and the cause.</exception>
    public static ITransformer Load(MLContext ml, string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            return Load(ml, file);
        }
        catch (InvalidDataException reason)
        {
            throw new InvalidDataException($"{path}: {reason.Message}", reason.InnerException);
        }
    }

    /// <summary>Loads a model from a stream that can seek.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="file">The model file, from its start.</param>
    /// <exception cref="InvalidDataException">As for a path; the message names the cause.</exception>
    public static ITransformer Load(MLContext ml, Stream file)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(file);
        long start = file.Position;
        try
        {
            CheckParts(file);
            file.Position = start;
            return ml.Model.Load(file, out _);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // ML.NET makes steps by reflection: the cause is the innermost error.
            throw new InvalidDataException($"expected a model that ML.NET saved, found one that can't be loaded: {error.GetBaseException().Message}", error);
        }
    }

    private static void CheckParts(Stream file)
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
