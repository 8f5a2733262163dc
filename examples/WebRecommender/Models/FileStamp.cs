namespace WebRecommender.Models;

/// <summary>Tells one content of a file from another without reading it.</summary>
internal readonly record struct FileStamp(long Length, DateTime WrittenAt)
{
    /// <summary>The stamp of a file; null where there is none.</summary>
    public static FileStamp? Of(string path)
    {
        FileInfo file = new(path);
        try
        {
            return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (FileNotFoundException)
        {
            // Gone since the line before.
            return null;
        }
    }
}
