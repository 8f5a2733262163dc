using Microsoft.ML.LightGcn.Files;

namespace LightGcn.Examples;

/// <summary>Fills a folder under another name and moves it into place once it is whole.</summary>
internal static class AtomicFolder
{
    /// <summary>
    /// Fills a folder beside <paramref name="path"/>, then gives it that name. Where the folder is there already, its other
    /// files stay and the new ones replace their namesakes as a set, each whole. A link to a folder stays one.
    /// </summary>
    public static void Write(string path, Action<string> fill)
    {
        string full = TargetFile.Follow(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        TargetFile.MakeFolder(Path.GetDirectoryName(full) ?? full);
        string temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            fill(temporary);
            if (Directory.Exists(full))
            {
                // Copied and not moved: a file of the folder may be a link to another disk.
                using FileSet files = new(full);
                foreach (string file in Directory.GetFiles(temporary))
                {
                    using FileStream content = File.OpenRead(file);
                    files.Write(Path.GetFileName(file), content.CopyTo);
                }
                files.Commit();
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
