using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace LightGcn.Examples;

/// <summary>
/// Loads model files of both kinds: this library's own, which start from keys, and those that ML.NET saved, after a look at their parts. ML.NET takes every table into memory whole, whatever is at its end, and
/// says of what it can't load that a constructor failed: here a part that is longer than it says is refused unread, and an error says its cause.
/// </summary>
/// <remarks>A model file can have code run (SECURITY.md). This guards against damage, not against files of strangers.</remarks>
public static class ModelFile
{
    private const int HeaderLength = 256, TailLength = 8;

    // What tables and descriptions of steps start with, and where in their header the place of their tail stands.
    private static readonly (byte[] Magic, int TailPlace)[] Kinds = [("CML\0DVB\0"u8.ToArray(), 32), ("ML\0MODEL"u8.ToArray(), 128)];

    /// <summary>Loads a model from a file. One of this library's own stays in it, mapped into memory: it must not be changed while the model is in use.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is damaged or no model, or needs an assembly that is not there; the message names the file and the cause.</exception>
    public static ITransformer Load(MLContext ml, string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (IsOwn(file))
            return ml.Model.LoadRecommendationModel(path, ModelVerification.BeforeUse);
        try
        {
            return Load(ml, file);
        }
        catch (InvalidDataException reason)
        {
            throw new InvalidDataException($"{path}: {reason.Message}", reason.InnerException);
        }
    }

    /// <summary>
    /// Loads a model from a stream that can seek. One of this library's own is copied to a temporary file and mapped there, so that whatever becomes
    /// of the original does not matter.
    /// </summary>
    /// <param name="ml">The context.</param>
    /// <param name="file">The model file, from its start.</param>
    /// <exception cref="InvalidDataException">As for a path; the message names the cause.</exception>
    public static ITransformer Load(MLContext ml, Stream file)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(file);
        long start = file.Position;
        if (IsOwn(file))
            return LoadCopy(ml, file);
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

    /// <summary>Whether a file is one of this library's own: JSON after eight bytes of its length.</summary>
    private static bool IsOwn(Stream file)
    {
        long start = file.Position;
        Span<byte> first = stackalloc byte[sizeof(long) + 1];
        int read = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        file.Position = start;
        return read == first.Length && first[^1] == (byte)'{' && !first.StartsWith("PK"u8);
    }

    private static ITransformer LoadCopy(MLContext ml, Stream file)
    {
        string copy = Path.GetTempFileName();
        try
        {
            using (FileStream target = new(copy, FileMode.Create, FileAccess.Write))
                file.CopyTo(target);
            return ml.Model.LoadRecommendationModel(copy, ModelVerification.BeforeUse);
        }
        finally
        {
            try
            {
                // What is mapped stays, except on Windows, which does not let go of the name before.
                File.Delete(copy);
            }
            catch (Exception inUse) when (OperatingSystem.IsWindows() && inUse is IOException or UnauthorizedAccessException)
            {
            }
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
