namespace LightGcn.Examples;

/// <summary>Paths of a command line, tried before the work begins: what cannot be written in the end would cost the run its results.</summary>
internal static class OptionPaths
{
    /// <summary>A folder to read from.</summary>
    /// <exception cref="UserErrorException">There is none, or it cannot be read.</exception>
    public static string ReadableFolder(string path) => Try(path, "a folder that can be read", () =>
    {
        if (!Directory.Exists(path))
            throw new UserErrorException($"expected a folder, found {(File.Exists(path) ? "a file" : "none")} at '{path}'.");
        using IEnumerator<string> entries = Directory.EnumerateFileSystemEntries(path).GetEnumerator();
        entries.MoveNext();
    });

    /// <summary>A file to read.</summary>
    /// <inheritdoc cref="ReadableFolder"/>
    public static string ReadableFile(string path) => Try(path, "a file that can be read", () =>
    {
        if (!File.Exists(path))
            throw new UserErrorException($"expected a file, found {(Directory.Exists(path) ? "a folder" : "none")} at '{path}'.");
        // Whoever writes it may replace it meanwhile.
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    });

    /// <summary>A folder to write files in; made later where it is missing.</summary>
    /// <exception cref="UserErrorException">It cannot be written in.</exception>
    public static string WritableFolder(string path) => Try(path, "a folder that can be written in", () => TryWriting(Path.GetFullPath(path)));

    /// <summary>A file to write; its folder is made later where it is missing.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static string WritableFile(string path) => Try(path, "a file that can be written", () =>
    {
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
            throw new UserErrorException($"expected a file, found a folder at '{path}'.");
        TryWriting(Path.GetDirectoryName(Path.GetFullPath(path))!);
    });

    /// <summary>Writes a file that is gone at once, in the folder or the nearest one above it that is there.</summary>
    private static void TryWriting(string folder)
    {
        while (!Directory.Exists(folder))
        {
            if (File.Exists(folder))
                throw new UserErrorException($"expected a folder, found a file at '{folder}'.");
            folder = Path.GetDirectoryName(folder) ?? throw new IOException($"There is no folder '{folder}'.");
        }
        new FileStream(Path.Combine(folder, $"{Guid.NewGuid():N}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
    }

    private static string Try(string path, string expected, Action look)
    {
        try
        {
            look();
            return Path.GetFullPath(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserErrorException($"expected {expected}, found '{path}': {UserError.Line(error)}", error);
        }
    }
}
