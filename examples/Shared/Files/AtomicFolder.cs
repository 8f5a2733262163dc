namespace LightGcn.Examples;

/// <summary>Fills a folder under another name and moves it into place once it is whole.</summary>
internal static class AtomicFolder
{
    /// <summary>
    /// Fills a folder beside <paramref name="path"/>, then gives it that name. Where the folder is there already, its other
    /// files stay and the new ones replace their namesakes one by one, each whole.
    /// </summary>
    public static void Write(string path, Action<string> fill)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Directory.CreateDirectory(Path.GetDirectoryName(full) ?? full);
        string temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            fill(temporary);
            if (Directory.Exists(full))
            {
                foreach (string file in Directory.GetFiles(temporary))
                    File.Move(file, Path.Combine(full, Path.GetFileName(file)), overwrite: true);
            }
            else
            {
                Directory.Move(temporary, full);
            }
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }
}
