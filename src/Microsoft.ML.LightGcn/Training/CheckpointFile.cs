using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.LightGcn.Files;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// A checkpoint: magic, the file's length, a header in JSON, the arrays of the session's state, and the SHA-256 of all before it.
/// Numbers are little-endian.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private const int Format = 2, PrefixLength = 16;

    private readonly FileStream _stream;

    private CheckpointFile(FileStream stream, Header header)
    {
        _stream = stream;
        (Run, Progress) = (header.Run!, header.Progress!);
        State = new TrainingStateReader(stream, stream.Length - SHA256.HashSizeInBytes);
    }

    private static ReadOnlySpan<byte> Magic => "LGCNCKPT"u8;

    /// <summary>The <see cref="RunFingerprint"/> of the run.</summary>
    public Dictionary<string, string> Run { get; }

    public TrainingProgress Progress { get; }

    public TrainingStateReader State { get; }

    public static void Write(FileStream stream, Dictionary<string, string> run, TrainingProgress progress, Action<TrainingStateWriter> saveState)
    {
        Span<byte> prefix = stackalloc byte[PrefixLength];
        Magic.CopyTo(prefix);
        stream.Write(prefix);
        TrainingStateWriter.WriteBlock(stream, JsonSerializer.SerializeToUtf8Bytes(new Header(Format, run, progress), JsonText.Plain));
        saveState(new TrainingStateWriter(stream));
        long length = stream.Position + SHA256.HashSizeInBytes;
        BinaryPrimitives.WriteInt64LittleEndian(prefix[Magic.Length..], length);
        stream.Position = 0;
        stream.Write(prefix);
        byte[] hash = Hash(stream, length - SHA256.HashSizeInBytes);
        stream.Write(hash);
    }

    /// <summary>Opens a checkpoint and verifies every byte of it.</summary>
    /// <exception cref="InvalidDataException">It is cut off, altered or something else; the message is the reason.</exception>
    /// <exception cref="InvalidOperationException">It is whole, and of another version of this library.</exception>
    public static CheckpointFile Open(string path)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            Verify(stream);
            stream.Position = PrefixLength;
            Header? header = JsonSerializer.Deserialize<Header>(
                TrainingStateReader.ReadBlock(stream, stream.Length - SHA256.HashSizeInBytes), JsonText.Plain);
            // Whole, and somebody's run: not to be passed over and replaced as a damaged one is.
            if (header is { Format: > 0 and not Format })
                throw new InvalidOperationException(
                    $"The checkpoint '{path}' is of another version of this library: expected format {Format}, found format {header.Format}. "
                    + "Finish its run with that version, choose another folder for the checkpoints, or delete those in it.");
            if (header is not { Format: Format, Run: not null, Progress: { Epoch: >= 0, Step: >= 0, EpochsSinceBest: >= 0 } })
                throw new InvalidDataException($"expected a header of format {Format}, found {(header is null ? "none" : $"format {header.Format}")}");
            return new CheckpointFile(stream, header);
        }
        catch (JsonException error)
        {
            stream.Dispose();
            throw new InvalidDataException($"the header is not readable: {error.Message}", error);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Dispose() => _stream.Dispose();

    private static void Verify(FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[PrefixLength];
        int found = stream.ReadAtLeast(prefix, PrefixLength, throwOnEndOfStream: false);
        if (found < PrefixLength || !prefix.StartsWith(Magic))
            throw new InvalidDataException(
                $"expected a checkpoint, which starts with '{System.Text.Encoding.ASCII.GetString(Magic)}', found {stream.Length:N0} bytes of something else");
        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix[Magic.Length..]);
        if (length != stream.Length || length < PrefixLength + SHA256.HashSizeInBytes)
            throw new InvalidDataException($"expected {length:N0} bytes, found {stream.Length:N0}");
        byte[] expected = Hash(stream, length - SHA256.HashSizeInBytes);
        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(stored);
        if (!stored.SequenceEqual(expected))
            throw new InvalidDataException("the checksum of the file is not the one stored in it: it was altered");
    }

    /// <summary>The hash of the first bytes of a file, which leaves the position behind them.</summary>
    private static byte[] Hash(FileStream stream, long length)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16];
        stream.Position = 0;
        while (length > 0)
        {
            int part = (int)Math.Min(buffer.Length, length);
            stream.ReadExactly(buffer, 0, part);
            hash.AppendData(buffer, 0, part);
            length -= part;
        }
        return hash.GetHashAndReset();
    }

    private sealed record Header(int Format, Dictionary<string, string>? Run, TrainingProgress? Progress);
}
