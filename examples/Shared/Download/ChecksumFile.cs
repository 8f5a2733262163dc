using System.Security.Cryptography;

namespace LightGcn.Examples;

/// <summary>
/// The SHA-256 of files of a folder, in the format of the tool <c>sha256sum</c>: a file is trusted only while it has the
/// checksum that was recorded when it was known to be good.
/// </summary>
internal sealed class ChecksumFile
{
    private const int Longest = 1 << 16;

    private readonly string _path;
    private readonly string _folder;
    private readonly OrderedDictionary<string, string> _checksums = [];

    public ChecksumFile(string folder)
    {
        _folder = folder;
        _path = Path.Combine(folder, "SHA256SUMS");
        // A damaged one is none: what it would name is made anew.
        if (new FileInfo(_path) is not { Exists: true, Length: <= Longest })
            return;
        foreach (string line in File.ReadLines(_path))
        {
            if (line.Split("  ", 2) is [{ Length: 64 } checksum, { Length: > 0 } file])
                _checksums[file] = checksum;
        }
    }

    /// <summary>Forgets all files.</summary>
    public void Clear() => _checksums.Clear();

    /// <summary>Remembers a file's checksum; <see cref="Save"/> makes it last.</summary>
    public void Record(string file, string checksum) => _checksums[file] = checksum;

    public string? Recorded(string file) => _checksums.GetValueOrDefault(file);

    /// <summary>Whether the file is there and has the recorded checksum.</summary>
    public async Task<bool> HoldsAsync(string file, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_folder, file);
        return Recorded(file) is { } recorded && File.Exists(path) && recorded == await ComputeAsync(path, cancellationToken).ConfigureAwait(false);
    }

    public void Save() => AtomicFile.WriteText(_path, writer =>
    {
        foreach ((string file, string checksum) in _checksums)
            writer.WriteLine($"{checksum}  {file}");
    });

    /// <summary>The SHA-256 of a file in lower-case hexadecimal digits.</summary>
    public static async Task<string> ComputeAsync(string path, CancellationToken cancellationToken)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using (stream.ConfigureAwait(false))
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
    }
}
