namespace Microsoft.ML.LightGcn.Files;

/// <summary>
/// Files that appear together: each is written whole under a temporary name in the same folder, and only
/// <see cref="Commit"/> gives them theirs, so that a failure leaves what was there before.
/// </summary>
internal sealed class FileSet : IDisposable
{
    private readonly string _folder;
    private readonly List<(string Temporary, string Final)> _files = [];

    public FileSet(string folder)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
    }

    /// <summary>Writes one file by its path.</summary>
    public static void WriteFile(string path, Action<FileStream> write)
    {
        string full = Path.GetFullPath(path);
        using FileSet files = new(Path.GetDirectoryName(full)!);
        files.Write(Path.GetFileName(full), write);
        files.Commit();
    }

    public void Write(string name, Action<FileStream> write)
    {
        string final = Path.Combine(_folder, name), temporary = $"{final}.{Guid.NewGuid():N}.tmp";
        _files.Add((temporary, final));
        using FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite);
        write(stream);
        // Moving is cheap and may reach the disk before the content does.
        stream.Flush(flushToDisk: true);
    }

    public void Commit()
    {
        foreach ((string temporary, string final) in _files)
            File.Move(temporary, final, overwrite: true);
        _files.Clear();
    }

    public void Dispose()
    {
        foreach ((string temporary, _) in _files)
            File.Delete(temporary);
    }
}
