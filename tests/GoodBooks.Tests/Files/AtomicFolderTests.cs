using LightGcn.Examples;
using Microsoft.ML.LightGcn.Tests;

namespace GoodBooks.Tests.Files;

/// <summary>Folders and files that are links stay links, and modes stay.</summary>
public sealed class AtomicFolderTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void Links_to_folders_and_in_folders_stay()
    {
        using TempFolder folder = new();
        string target = Directory.CreateDirectory(folder.File("target")).FullName, far = folder.With("far.csv", "old").File("far.csv"), link = folder.File("link");
        FileSystem.Link(link, target);
        FileSystem.Link(Path.Combine(target, "ratings.csv"), far);
        File.WriteAllText(Path.Combine(target, "mine.txt"), "mine");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(far, Private);
        AtomicFolder.Write(link, filled =>
        {
            File.WriteAllText(Path.Combine(filled, "ratings.csv"), "new");
            File.WriteAllText(Path.Combine(filled, "books.csv"), "books");
        });
        Assert.Equal((target, far), (new DirectoryInfo(link).LinkTarget, new FileInfo(Path.Combine(target, "ratings.csv")).LinkTarget));
        Assert.Equal(["books", "mine", "new"], Directory.GetFiles(target).Select(File.ReadAllText).Order());
        Assert.Equal("new", File.ReadAllText(far));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(Private, File.GetUnixFileMode(far));

        Assert.Throws<TimeoutException>(() => AtomicFolder.Write(link, filled =>
        {
            File.WriteAllText(Path.Combine(filled, "ratings.csv"), "half");
            throw new TimeoutException();
        }));
        Assert.Equal("new", File.ReadAllText(far));
        Assert.Equal(["far.csv", "link", "target"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_link_to_a_folder_that_is_not_there_yet_gets_it()
    {
        using TempFolder folder = new();
        FileSystem.Link(folder.File("link"), folder.File("target"));
        AtomicFolder.Write(folder.File("link"), filled => File.WriteAllText(Path.Combine(filled, "ratings.csv"), "new"));
        Assert.Equal("new", File.ReadAllText(Path.Combine(folder.File("target"), "ratings.csv")));
        Assert.Equal(folder.File("target"), new FileInfo(folder.File("link")).LinkTarget);
    }

    [Fact]
    public void Files_are_written_through_links()
    {
        using TempFolder folder = new();
        FileSystem.Link(folder.File("link.json"), folder.With("target.json", "old").File("target.json"));
        ConfigFile.Write(folder.File("link.json"), new { Seed = 1 });
        Assert.Contains("\"seed\": 1", File.ReadAllText(folder.File("target.json")), StringComparison.Ordinal);
        Assert.NotNull(new FileInfo(folder.File("link.json")).LinkTarget);
    }
}
