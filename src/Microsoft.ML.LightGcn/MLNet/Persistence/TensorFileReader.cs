using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>Reads what <see cref="TensorFileWriter"/> writes, or any safetensors file, without copying values: they stay in the mapped file.</summary>
internal sealed class TensorFileReader
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private sealed record Entry(string Type, long[] Shape, long Start, long End);

    /// <summary>Opens a file: reads the header, and checks that it is whole and fits the length of the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no safetensors file, or is damaged; the message says how.</exception>
    /// <exception cref="IOException">It is not there, or can't be read.</exception>
    public TensorFileReader(string path)
    {
        _file = new MappedFile(path);
        if (_file.Length < sizeof(ulong))
            throw Bad($"expected a safetensors file, found {_file.Length:N0} bytes");
        long headerLength = _file.Part<long>(0, 1).Span[0];
        if (headerLength is < 2 or > TensorFormat.LongestHeader || headerLength > _file.Length - sizeof(ulong))
            throw Bad(
                $"expected a safetensors file, which starts with the length of a header that fits into its {_file.Length:N0} bytes, found {headerLength:N0}");
        DataStart = sizeof(ulong) + headerLength;
        try
        {
            using JsonDocument header = JsonDocument.Parse(_file.Part<byte>(sizeof(ulong), headerLength));
            Read(header.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Bad($"the header is not that of a safetensors file: {error.Message}", error);
        }
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Text by name.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    private long DataStart { get; }

    /// <summary>Whether there is a tensor of a name.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>The shape of a tensor.</summary>
    public ReadOnlySpan<long> ShapeOf(string name) => Find(name).Shape;

    /// <summary>The values of a tensor, where they lie in the file.</summary>
    /// <exception cref="InvalidDataException">There is none of this name, type and number of values.</exception>
    public Memory<T> Get<T>(string name, long count)
        where T : unmanaged => _file.Part<T>(Place<T>(name, count), count);

    /// <summary>The rows of a table of any size, where they lie in the file.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="dimension">Components of a row.</param>
    /// <param name="longestPiece">The maximum number of values in a piece, at least a row.</param>
    /// <exception cref="InvalidDataException">There is none of this name, type and number of values.</exception>
    public RowTable GetRows(string name, int rowCount, int dimension, int longestPiece = int.MaxValue)
    {
        long start = Place<float>(name, (long)rowCount * dimension);
        int rowsPerPiece = Math.Min(rowCount, Math.Max(1, longestPiece / dimension));
        List<Memory<float>> pieces = [];
        for (long row = 0; row < rowCount; row += rowsPerPiece)
            pieces.Add(_file.Part<float>(start + row * dimension * sizeof(float), Math.Min(rowsPerPiece, rowCount - row) * dimension));
        return new RowTable([.. pieces], rowsPerPiece, rowCount, dimension);
    }

    /// <summary>
    /// Compares every tensor with the hash that the metadata have of it. The file is read, not its mapping, so that the process does not grow. Once it is
    /// found to be damaged, whoever uses a value gets the error.
    /// </summary>
    /// <exception cref="InvalidDataException">One is another, or has no hash.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Verify(CancellationToken cancellationToken = default)
    {
        try
        {
            byte[] buffer = new byte[1 << 20];
            foreach ((string name, Entry entry) in _entries.OrderBy(entry => entry.Value.Start))
            {
                if (!Metadata.TryGetValue(TensorFormat.HashPrefix + name, out string? expected))
                    throw Bad($"tensor {name} has no checksum: the file is not one of a model");
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                for (long left = entry.End - entry.Start; left > 0;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    int read = RandomAccess.Read(_file.Handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)), DataStart + entry.End - left);
                    if (read == 0)
                        throw Bad($"the file ends within tensor {name}");
                    hash.AppendData(buffer, 0, read);
                    left -= read;
                }
                string found = Convert.ToHexStringLower(hash.GetHashAndReset());
                if (found != expected)
                    throw Bad($"tensor {name} is damaged: expected the SHA-256 {expected}, found {found}");
            }
        }
        catch (InvalidDataException damage)
        {
            _file.Damage = damage;
            throw;
        }
    }

    /// <summary>An error that names the file.</summary>
    public InvalidDataException Bad(string reason, Exception? cause = null) => new($"{Path}: {reason}.", cause);

    private void Read(JsonElement header)
    {
        long end = 0;
        foreach (JsonProperty property in header.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (JsonProperty text in property.Value.EnumerateObject())
                    Metadata[text.Name] = text.Value.GetString()!;
                continue;
            }
            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(length => length.GetInt64())];
            long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
            string type = property.Value.GetProperty("dtype").GetString()!;
            long length = TensorFormat.SizeOf(type);
            foreach (long dimension in shape)
                length = dimension >= 0 && length >= 0 ? checked(length * dimension) : -1;
            if (offsets.Length != 2 || offsets[0] != end || offsets[1] - offsets[0] != length)
                throw new FormatException(
                    $"tensor {property.Name} of {type} and shape ({string.Join(", ", shape)}) can't lie from {string.Join(" to ", offsets)}");
            end = offsets[1];
            if (!_entries.TryAdd(property.Name, new Entry(type, shape, offsets[0], offsets[1])))
                throw new FormatException($"tensor {property.Name} stands twice");
        }
        if (DataStart + end != _file.Length)
            throw Bad(
                $"expected {DataStart + end:N0} bytes, found {_file.Length:N0}: the file "
                + (DataStart + end > _file.Length ? "is cut off" : "has something behind it"));
    }

    private long Place<T>(string name, long count)
        where T : unmanaged
    {
        Entry entry = Find(name);
        if (entry.Type != TensorFormat.NameOf<T>())
            throw Bad($"expected {TensorFormat.NameOf<T>()} in tensor {name}, found {entry.Type}");
        if (entry.End - entry.Start != count * Marshal.SizeOf<T>())
            throw Bad($"expected {count:N0} values in {name}, found {(entry.End - entry.Start) / Marshal.SizeOf<T>():N0}");
        return DataStart + entry.Start;
    }

    private Entry Find(string name) => _entries.TryGetValue(name, out Entry? entry) ? entry : throw Bad($"there is no tensor {name}");
}
