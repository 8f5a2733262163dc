using System.Text;
using Microsoft.ML.LightGcn.Files;

namespace Microsoft.ML.LightGcn.Tests.Files;

/// <summary>Files are written to where their path leads, whole or not at all, and what they were before they stay: links, modes, pipes, devices.</summary>
public sealed class FileSetTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite, Shared = Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("file-set").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("absolute")]
    [InlineData("relative")]
    [InlineData("of a link")]
    [InlineData("dangling")]
    [InlineData("in a linked folder")]
    public void A_link_stays_and_what_it_leads_to_is_written(string kind)
    {
        string far = Folder("far"), target = Path.Combine(far, "target.csv"), path = At("out.csv");
        if (kind != "dangling")
            File.WriteAllText(target, "before");
        switch (kind)
        {
            case "relative":
                FileSystem.Link(path, Path.Combine("far", "target.csv"));
                break;
            case "of a link":
                FileSystem.Link(At("between"), target);
                FileSystem.Link(path, "between");
                break;
            case "in a linked folder":
                // ".." of a link is the folder above the one where the link lies, whatever path led there.
                string deep = Folder(Path.Combine("far", "deep"));
                FileSystem.Link(Path.Combine(deep, "out.csv"), Path.Combine("..", "target.csv"));
                FileSystem.Link(At("shortcut"), deep);
                path = Path.Combine(At("shortcut"), "out.csv");
                break;
            default:
                FileSystem.Link(path, target);
                break;
        }
        string? link = new FileInfo(path).LinkTarget;
        Assert.NotNull(link);
        CsvFile.Write(path, writer => writer.Write("after"));
        Assert.Equal(link, new FileInfo(path).LinkTarget);
        Assert.Null(new FileInfo(target).LinkTarget);
        Assert.Equal("after", File.ReadAllText(target));
        Assert.Empty(Leftovers());

        // What fails leaves both.
        Assert.Throws<TimeoutException>(() => CsvFile.Write(path, writer =>
        {
            writer.Write("half");
            writer.Flush();
            throw new TimeoutException();
        }));
        Assert.Equal("after", File.ReadAllText(path));
        Assert.Empty(Leftovers());
    }

    [Fact]
    public void A_set_follows_links_too_and_appears_as_one()
    {
        string target = Path.Combine(Folder("far"), "target.csv");
        File.WriteAllText(target, "old b");
        File.WriteAllText(At("a.csv"), "old a");
        FileSystem.Link(At("b.csv"), target);
        using (FileSet files = new(_folder))
        {
            files.Write("a.csv", stream => stream.Write("new a"u8));
            files.Write("b.csv", stream => stream.Write("new b"u8));
            Assert.Equal(("old a", "old b"), (File.ReadAllText(At("a.csv")), File.ReadAllText(target)));
            files.Commit();
        }
        Assert.Equal(("new a", "new b"), (File.ReadAllText(At("a.csv")), File.ReadAllText(target)));
        Assert.Equal(target, new FileInfo(At("b.csv")).LinkTarget);
        Assert.Empty(Leftovers());
    }

    [Fact]
    public void What_leads_to_no_file_is_refused_by_name_and_nothing_is_written()
    {
        string folder = Folder("folder"), text = At("text");
        File.WriteAllText(text, "text");
        Refused<IOException>(folder, "expected the name of a file to write, found a folder");
        Refused<IOException>(folder + Path.DirectorySeparatorChar, "expected the name of a file to write, found a folder");
        Refused<IOException>(At("new") + Path.DirectorySeparatorChar, "expected the name of a file to write, found that of a folder");
        foreach (Action write in (Action[])[() => CsvFile.Write(Path.Combine(text, "below.csv"), writer => writer.Write("new")), () => new FileSet(text).Dispose()])
            Assert.Equal($"{text}: expected a folder, found a file.", Assert.Throws<IOException>(write).Message);
        // Last, since Windows may skip them.
        FileSystem.Link(At("to-folder"), folder);
        Refused<IOException>(At("to-folder"), "found a folder");
        FileSystem.Link(At("nowhere"), Path.Combine(_folder, "missing", "x.csv"));
        Refused<DirectoryNotFoundException>(At("nowhere"), "whose folder does not exist");
        Assert.Contains("found a link to", Assert.Throws<IOException>(() => new FileSet(At("nowhere"))).Message, StringComparison.Ordinal);
        FileSystem.Link(At("one"), At("two"));
        FileSystem.Link(At("two"), At("one"));
        Refused<IOException>(At("one"), At("one"));
        Assert.False(Path.Exists(At("missing")) || Path.Exists(At("new")));
        Assert.Equal("text", File.ReadAllText(text));

        // A set with such a file changes none of its files.
        File.WriteAllText(At("a.csv"), "old");
        using (FileSet files = new(_folder))
        {
            files.Write("a.csv", stream => stream.Write("new"u8));
            Assert.ThrowsAny<IOException>(() => files.Write("folder", stream => stream.Write("new"u8)));
        }
        Assert.Equal("old", File.ReadAllText(At("a.csv")));
        Assert.Empty(Leftovers());

        void Refused<T>(string path, string reason)
            where T : Exception
        {
            Exception error = Assert.ThrowsAny<T>(() => CsvFile.Write(path, writer => writer.Write("new")));
            Assert.Contains(path.TrimEnd(Path.DirectorySeparatorChar), error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Empty(Leftovers());
        }
    }

    [Theory]
    [InlineData(Private)]
    [InlineData(Shared)]
    [InlineData(Private | UnixFileMode.UserExecute)]
    public void A_file_keeps_its_mode_from_its_first_byte_on(UnixFileMode mode)
    {
        FileSystem.RequireModes();
        string path = At("out.csv");
        File.WriteAllText(path, "before");
        Set(path, mode);
        FileSet.WriteFile(path, stream =>
        {
            stream.Write("after"u8);
            Assert.Equal(mode, Mode(Assert.Single(Leftovers())));
        });
        Assert.Equal(("after", mode), (File.ReadAllText(path), Mode(path)));

        // A new file has what the process gives to new files.
        File.WriteAllText(At("plain"), "");
        FileSet.WriteFile(At("new.csv"), stream => stream.Write("new"u8));
        Assert.Equal(Mode(At("plain")), Mode(At("new.csv")));
    }

    [Fact]
    public async Task A_pipe_is_written_to_and_stays_a_pipe()
    {
        string pipe = At("out.csv");
        FileSystem.Pipe(pipe);
        FileSystem.Link(At("link.csv"), pipe);
        foreach (string path in (string[])[pipe, At("link.csv")])
        {
            Task<string> read = Task.Run(() => File.ReadAllText(pipe));
            CsvFile.Write(path, writer => writer.Write("through the pipe"));
            Assert.Equal("through the pipe", await read);
        }

        // In a set nothing comes out before all is written.
        Task<string> second = Task.Run(() => File.ReadAllText(pipe));
        using (FileSet files = new(_folder))
        {
            files.Write("out.csv", stream =>
            {
                stream.Write("of "u8);
                stream.Position = 0;
                stream.Write("a set"u8);
            });
            files.Write("other.csv", stream => stream.Write("other"u8));
            Assert.False(second.IsCompleted);
            files.Commit();
        }
        Assert.Equal("a set", await second);
        Assert.Equal("other", File.ReadAllText(At("other.csv")));
        Assert.Empty(Leftovers());
        // Still a pipe: opening it to write waits for a reader.
        Task<string> third = Task.Run(() => File.ReadAllText(pipe));
        await File.WriteAllTextAsync(pipe, "still", TestContext.Current.CancellationToken);
        Assert.Equal("still", await third);
    }

    [Fact]
    public async Task A_pipe_whose_reader_goes_away_leaves_the_files_of_its_set()
    {
        FileSystem.Pipe(At("b.csv"));
        File.WriteAllText(At("a.csv"), "old");
        using FileSet files = new(_folder);
        files.Write("a.csv", stream => stream.Write("new"u8));
        Task<FileStream> reader = Task.Run(() => File.OpenRead(At("b.csv")));
        files.Write("b.csv", stream => stream.Write(new byte[1 << 20]));
        await (await reader).DisposeAsync();
        Assert.ThrowsAny<IOException>(files.Commit);
        Assert.Equal("old", File.ReadAllText(At("a.csv")));
    }

    [Fact]
    public void Devices_are_written_to_and_stay_devices()
    {
        if (OperatingSystem.IsWindows())
        {
            CsvFile.Write("NUL", writer => writer.Write("gone"));
            Assert.Empty(Directory.GetFiles(_folder));
            return;
        }
        CsvFile.Write("/dev/null", writer => writer.Write("gone"));
        Assert.Equal("", File.ReadAllText("/dev/null"));
        FileSystem.Link(At("nothing"), "/dev/null");
        CsvFile.Write(At("nothing"), writer => writer.Write("gone"));
        Assert.Equal("/dev/null", new FileInfo(At("nothing")).LinkTarget);
        Assert.DoesNotContain(Directory.GetFiles("/dev"), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_disk_is_said_with_the_path()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full, a device that is always full.");
        string text = new('x', 1 << 20);
        Assert.Contains("/dev/full", Assert.Throws<IOException>(() => CsvFile.Write("/dev/full", writer => writer.Write(text))).Message, StringComparison.Ordinal);
        FileSystem.Link(At("b.csv"), "/dev/full");
        File.WriteAllText(At("a.csv"), "old");
        using (FileSet files = new(_folder))
        {
            files.Write("a.csv", stream => stream.Write("new"u8));
            files.Write("b.csv", stream => stream.Write(Encoding.ASCII.GetBytes(text)));
            Assert.Contains("b.csv", Assert.Throws<IOException>(files.Commit).Message, StringComparison.Ordinal);
        }
        Assert.Equal("old", File.ReadAllText(At("a.csv")));
        Assert.Empty(Leftovers());
    }

    [Fact]
    public void A_file_that_may_not_be_written_is_left_alone()
    {
        FileSystem.RequirePermissions();
        string path = At("out.csv");
        File.WriteAllText(path, "mine");
        File.SetAttributes(path, FileAttributes.ReadOnly);
        Assert.Contains(path, Assert.Throws<UnauthorizedAccessException>(() => CsvFile.Write(path, writer => writer.Write("new"))).Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(path));
        File.SetAttributes(path, FileAttributes.Normal);
    }

    [Fact]
    public void A_folder_that_may_not_be_written_is_said_with_the_path()
    {
        FileSystem.RequireModes();
        FileSystem.RequirePermissions();
        string folder = Folder("closed"), path = Path.Combine(folder, "out.csv");
        Set(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains(path, Assert.Throws<UnauthorizedAccessException>(() => CsvFile.Write(path, writer => writer.Write("new"))).Message, StringComparison.Ordinal);
        Set(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        Assert.Empty(Directory.GetFiles(folder));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Folder(string name) => Directory.CreateDirectory(At(name)).FullName;

    private string[] Leftovers() => Directory.GetFiles(_folder, "*.tmp", SearchOption.AllDirectories);

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static void Set(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
