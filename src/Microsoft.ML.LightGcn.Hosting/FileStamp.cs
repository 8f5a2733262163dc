namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>Tells one content of a file from another without reading it.</summary>
internal readonly record struct FileStamp(long Length, DateTime WrittenAt)
{
    /// <summary>The stamp of a file, behind a link that of what it leads to; null where there is none.</summary>
    public static FileStamp? Of(string path)
    {
        try
        {
            FileInfo link = new(path), file = link.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? link;
            return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone, a link that leads nowhere, or a folder that may not be looked into now.
            return null;
        }
    }
}
