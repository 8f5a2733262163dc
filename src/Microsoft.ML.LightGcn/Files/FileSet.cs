namespace Microsoft.ML.LightGcn.Files;

/// <summary>
/// Files that appear together: each is written whole under a temporary name beside it, and only <see cref="Commit"/> gives them theirs, so that a
/// failure leaves what was there before.
/// </summary>
internal sealed class FileSet : IDisposable
{
    private readonly string _folder;
    private readonly List<TargetFile> _files = [];

    public FileSet(string folder)
    {
        TargetFile.MakeFolder(folder);
        _folder = folder;
    }

    /// <summary>Writes one file by its path; what is no regular file is written to directly.</summary>
    public static void WriteFile(string path, Action<Stream> write)
    {
        using TargetFile file = TargetFile.Find(path);
        if (file.Device is { } device)
        {
            write(device);
            device.Flush();
            return;
        }
        using FileSet files = new(Path.GetDirectoryName(file.Path)!);
        files.Write(file, write);
        files.Commit();
    }

    /// <summary>Writes one file of the set.</summary>
    public void Write(string name, Action<FileStream> write) => Write(TargetFile.Find(Path.Combine(_folder, name)), write);

    public void Commit()
    {
        // Devices first: a pipe whose reader has gone leaves the files as they are.
        foreach (TargetFile file in _files.OrderBy(file => file.Device is null))
            file.Commit();
    }

    public void Dispose()
    {
        foreach (TargetFile file in _files)
        {
            file.Dispose();
            File.Delete(file.Temporary);
        }
    }

    private void Write(TargetFile file, Action<FileStream> write)
    {
        _files.Add(file);
        using FileStream stream = file.CreateTemporary();
        write(stream);
        // Moving is cheap and may reach the disk before the content does.
        stream.Flush(flushToDisk: true);
    }
}
