namespace Microsoft.ML.LightGcn.Files;

/// <summary>
/// The file that a path leads to, found before anything is written. A regular file, through links or not, is replaced in one step by one of the
/// same mode; a pipe, a terminal or another device is opened and written to.
/// </summary>
/// <remarks>
/// A file that is replaced keeps its mode. It gets the owner of a new file, and other hard links keep the old content: both come with replacing
/// a file in one step.
/// </remarks>
internal sealed class TargetFile : IDisposable
{
    // What Linux allows too; more are a circle.
    private const int MostLinks = 40;

    private static readonly string[] StandardOutput = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    private static readonly string[] StandardError = ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"];

    private readonly UnixFileMode? _mode;

    private TargetFile(string path, Stream? device, UnixFileMode? mode)
    {
        (Path, Device, _mode) = (path, device, mode);
        Temporary = $"{path}.{Guid.NewGuid():N}.tmp";
    }

    /// <summary>The file itself, behind all links.</summary>
    public string Path { get; }

    /// <summary>Where the new content is written first: beside the file, so that moving it is one step.</summary>
    public string Temporary { get; }

    /// <summary>What is written to directly, because it is no regular file; null for a regular file, also one that is not there yet.</summary>
    public Stream? Device { get; }

    /// <summary>Finds a file to write.</summary>
    /// <param name="path">The path that the caller was given. Its folder is made where it is missing.</param>
    /// <exception cref="IOException">It leads to a folder, in a circle, or through a link to a folder that is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">The file that is there may not be written.</exception>
    public static TargetFile Find(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        string target = Follow(full);
        // Opened by name, it would be written from its start, over what the process has printed.
        if (StandardOutput.Contains(target))
            return new TargetFile(target, Console.OpenStandardOutput(), null);
        if (StandardError.Contains(target))
            return new TargetFile(target, Console.OpenStandardError(), null);
        if (System.IO.Path.EndsInDirectorySeparator(full) || Directory.Exists(target))
            throw new IOException($"{path}: expected the name of a file to write, found {(Directory.Exists(target) ? "a folder" : "that of a folder")}.");
        try
        {
            // Refused here where it may not be written: moving another file over it would ask nobody.
            FileStream stream = new(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            if (!IsRegular(stream))
                return new TargetFile(full, stream, null);
            stream.Dispose();
            return new TargetFile(target, null, OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(target));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            MakeFolder(System.IO.Path.GetDirectoryName(full)!);
            // The folder behind a link is not made: it may be that of a disk that is not there.
            if (!Directory.Exists(System.IO.Path.GetDirectoryName(target)))
                throw new DirectoryNotFoundException(
                    $"{path}: expected a file or a link to one, found a link to '{target}', whose folder does not exist.", missing);
            return new TargetFile(target, null, null);
        }
    }

    /// <summary>Makes a folder where there is none.</summary>
    /// <exception cref="IOException">There is something else, or the folder can't be made.</exception>
    public static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (IOException taken) when (File.Exists(folder) || new FileInfo(folder).LinkTarget is not null)
        {
            // .NET says that the file exists, as if that were what is wrong.
            string found = new FileInfo(folder).LinkTarget is { } target ? $"a link to '{target}', which is none" : "a file";
            throw new IOException($"{folder}: expected a folder, found {found}.", taken);
        }
    }

    /// <summary>
    /// What a path leads to when every link is followed, as the operating system does; the path in full where there is none. Names of standard
    /// output and standard error are not followed.
    /// </summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static string Follow(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            return new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
        int links = 0;
        return Real(full);

        // .NET's own way takes ".." of a link for the folder above the path's, not above the one where the link lies.
        string Real(string name)
        {
            // Links lead on from standard output to what it is now, which is not where the process stands in it.
            if (System.IO.Path.GetDirectoryName(name) is not { } folder || StandardOutput.Contains(name) || StandardError.Contains(name))
                return name;
            folder = Real(folder);
            name = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(name));
            if (new FileInfo(name).LinkTarget is not { } target)
                return name;
            if (++links > MostLinks)
                throw new IOException($"{path}: expected a file or a link to one, found links that lead in a circle.");
            return Real(System.IO.Path.GetFullPath(target, folder));
        }
    }

    /// <summary>Makes the temporary file, which nobody may read who may not read the file.</summary>
    public FileStream CreateTemporary()
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
        if (OperatingSystem.IsWindows() || _mode is not { } mode)
            return new FileStream(Temporary, options);
        options.UnixCreateMode = mode;
        FileStream stream = new(Temporary, options);
        // The process's mask may have taken something of it. A file system without modes is not asked for one.
        if (File.GetUnixFileMode(stream.SafeFileHandle) != mode)
            File.SetUnixFileMode(stream.SafeFileHandle, mode);
        return stream;
    }

    /// <summary>Gives the temporary file the file's name, or its content to the device.</summary>
    public void Commit()
    {
        if (Device is null)
        {
            File.Move(Temporary, Path, overwrite: true);
            return;
        }
        using FileStream content = new(Temporary, FileMode.Open, FileAccess.Read);
        content.CopyTo(Device);
        Device.Flush();
    }

    /// <summary>Closes the device.</summary>
    public void Dispose() => Device?.Dispose();

    /// <summary>A device has no length, and none can be given to it; some, such as the null device, let themselves be sought in.</summary>
    private static bool IsRegular(FileStream stream)
    {
        if (!stream.CanSeek)
            return false;
        if (stream.Length > 0)
            return true;
        try
        {
            // Changes nothing in an empty file.
            stream.SetLength(0);
            return true;
        }
        catch (Exception device) when (device is IOException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
