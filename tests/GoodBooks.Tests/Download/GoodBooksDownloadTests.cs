using System.Net;
using System.Security.Cryptography;
using LightGcn.Examples;
using Microsoft.ML.LightGcn.Tests;
using Spectre.Console;

namespace GoodBooks.Tests.Download;

public sealed class GoodBooksDownloadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_whole_download_is_unpacked_reported_and_then_served_from_the_cache()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new();
        Reports reports = new();
        string folder = await Download(server, cache).EnsureAsync(reports, Token);

        Assert.Equal(cache.File("csv"), folder);
        Assert.Equal(TestArchive.Ratings(), await File.ReadAllTextAsync(Path.Combine(folder, "ratings.csv"), Token));
        Assert.Equal(["ratings.csv", "to_read.csv"], Names(folder));
        Assert.Equal([".lock", "SHA256SUMS", "csv", "goodbooks-10k.zip"], Names(cache.Path));
        Assert.Equal(40_000, GoodBooksFiles.Read(folder).Ratings.Count);
        Assert.Equal(server.Content.Length, reports.All[^1].BytesDone);
        Assert.All(reports.All, report => Assert.Equal(server.Content.Length, report.BytesTotal));
        Assert.Equal(reports.All.OrderBy(report => report.BytesDone), reports.All);

        Reports second = new();
        Assert.Equal(folder, await Download(server, cache).EnsureAsync(second, Token));
        Assert.Empty(second.All);
        Assert.Single(server.Requests);
        Assert.Equal("/release/goodbooks-10k.zip", server.Requests.Single().Target);
    }

    [Fact]
    public async Task A_cache_of_links_stays_one()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new(), far = new();
        Directory.CreateDirectory(far.File("csv"));
        FileSystem.Link(cache.File("csv"), far.File("csv"));
        FileSystem.Link(cache.File("goodbooks-10k.zip"), far.With("kept.zip", "damaged").File("kept.zip"));
        string folder = await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal(40_000, GoodBooksFiles.Read(folder).Ratings.Count);
        Assert.Equal((far.File("csv"), far.File("kept.zip")), (new DirectoryInfo(cache.File("csv")).LinkTarget, new FileInfo(cache.File("goodbooks-10k.zip")).LinkTarget));
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(far.File("kept.zip"), Token));
        Assert.Equal(["ratings.csv", "to_read.csv"], Names(far.File("csv")));
        Assert.Equal(["csv", "kept.zip"], Names(far.Path));
    }

    [Fact]
    public async Task Records_too_long_to_be_any_are_none()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new();
        foreach (string name in (string[])["SHA256SUMS", "goodbooks-10k.zip.part.json"])
        {
            using FileStream file = new(cache.File(name), FileMode.CreateNew);
            file.SetLength(256 << 20);
        }
        long before = GC.GetTotalAllocatedBytes();
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 200 << 20);
    }

    [Fact]
    public async Task A_connection_cut_again_and_again_is_resumed_and_no_byte_comes_twice()
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new(CutAfter: 70_001), new(CutAfter: 0), new(CutAfter: 30_000), new(Status: 503));
        using TempFolder cache = new();
        await Download(server, cache).EnsureAsync(cancellationToken: Token);

        Assert.Equal([null, "bytes=70001-", "bytes=70001-", "bytes=100001-", "bytes=100001-"], server.Requests.Select(request => request.Range));
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("\"v1\"", request.Headers["if-range"]));
        Assert.Equal(server.Content.Length, server.BodyBytesSent);
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(cache.File("goodbooks-10k.zip"), Token));
    }

    [Fact]
    public async Task When_all_attempts_are_cut_the_next_call_goes_on()
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new(CutAfter: 1_000), new(CutAfter: 500));
        using TempFolder cache = new();
        GoodBooksDownload impatient = Download(server, cache, attempts: 2);
        IOException error = await Assert.ThrowsAsync<IOException>(() => impatient.EnsureAsync(cancellationToken: Token));
        Assert.Contains("2 attempts", error.Message, StringComparison.Ordinal);
        Assert.Contains("1500 bytes", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(cache.File("goodbooks-10k.zip")));
        Assert.False(Directory.Exists(cache.File("csv")));

        await impatient.EnsureAsync(cancellationToken: Token);
        Assert.Equal("bytes=1500-", server.Requests.Last().Range);
        Assert.Equal(server.Content.Length, server.BodyBytesSent);
    }

    [Fact]
    public async Task Last_modified_serves_where_there_is_no_strong_tag()
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new LoopbackServer.Answer(CutAfter: 5_000));
        server.ETag = "W/\"weak\"";
        server.LastModified = "Tue, 05 Sep 2017 10:20:30 GMT";
        using TempFolder cache = new();
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal(server.LastModified, server.Requests.Last().Headers["if-range"]);
        Assert.Equal(server.Content.Length, server.BodyBytesSent);
    }

    [Theory]
    [InlineData(false, "\"v1\"")]
    [InlineData(true, null)]
    public async Task Without_ranges_or_anything_to_compare_by_it_starts_over(bool hasRanges, string? tag)
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new LoopbackServer.Answer(CutAfter: 60_000));
        server.HasRanges = hasRanges;
        server.ETag = tag;
        using TempFolder cache = new();
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(server.Content.Length + 60_000, server.BodyBytesSent);
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(cache.File("goodbooks-10k.zip"), Token));
    }

    [Fact]
    public async Task A_content_that_changed_in_between_is_not_mixed_with_the_old_one()
    {
        await using LoopbackServer server = new LoopbackServer(new byte[200_000]).Next(new LoopbackServer.Answer(CutAfter: 90_000));
        using TempFolder cache = new();
        await Assert.ThrowsAsync<IOException>(() => Download(server, cache, attempts: 1).EnsureAsync(cancellationToken: Token));
        server.Content = TestArchive.Bytes;
        server.ETag = "\"v2\"";
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(cache.File("goodbooks-10k.zip"), Token));
    }

    [Fact]
    public async Task A_silent_server_counts_as_cut()
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new LoopbackServer.Answer(StallAfter: 10_000));
        using TempFolder cache = new();
        GoodBooksDownload download = new(cache.Path, Source(server)) { Retry = new() { FirstDelay = TimeSpan.FromMilliseconds(1), SilenceLimit = TimeSpan.FromMilliseconds(400) } };
        await download.EnsureAsync(cancellationToken: Token);
        Assert.Equal("bytes=10000-", server.Requests.Last().Range);
    }

    [Fact]
    public async Task The_expected_checksum_and_length_are_accepted_when_right()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new();
        GoodBooksSource source = Source(server) with { ExpectedSha256 = Convert.ToHexString(SHA256.HashData(server.Content)), ExpectedLength = server.Content.Length };
        await new GoodBooksDownload(cache.Path, source).EnsureAsync(cancellationToken: Token);
        await new GoodBooksDownload(cache.Path, source).EnsureAsync(cancellationToken: Token);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_wrong_checksum_is_refused_and_nothing_is_kept()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new();
        GoodBooksSource source = Source(server) with { ExpectedSha256 = new string('0', 64) };
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => new GoodBooksDownload(cache.Path, source).EnsureAsync(cancellationToken: Token));
        Assert.Contains(source.ExpectedSha256, error.Message, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(server.Content)), error.Message, StringComparison.Ordinal);
        Assert.Equal([".lock"], Names(cache.Path));
    }

    [Fact]
    public async Task An_expected_checksum_holds_for_the_cache_too()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new();
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        GoodBooksSource source = Source(server) with { ExpectedSha256 = new string('0', 64) };
        await Assert.ThrowsAsync<InvalidDataException>(() => new GoodBooksDownload(cache.Path, source).EnsureAsync(cancellationToken: Token));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_wrong_length_is_refused_before_it_is_fetched()
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new LoopbackServer.Answer(StallAfter: 0));
        using TempFolder cache = new();
        GoodBooksSource source = Source(server) with { ExpectedLength = 12 };
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => new GoodBooksDownload(cache.Path, source).EnsureAsync(cancellationToken: Token));
        Assert.Contains($"expected 12 bytes, found {server.Content.Length}", error.Message, StringComparison.Ordinal);
        Assert.Equal([".lock"], Names(cache.Path));
    }

    [Fact]
    public async Task A_missing_file_is_reported_at_once()
    {
        await using LoopbackServer server = new LoopbackServer([]).Next(new LoopbackServer.Answer(Status: 404));
        using TempFolder cache = new();
        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => Download(server, cache).EnsureAsync(cancellationToken: Token));
        Assert.Equal(HttpStatusCode.NotFound, error.StatusCode);
        Assert.Contains(server.Url.AbsoluteUri, error.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Cancellation_stops_it_and_the_next_call_goes_on()
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new LoopbackServer.Answer(StallAfter: 20_000));
        using TempFolder cache = new();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Reports reports = new() { OnReport = report => { if (report.BytesDone == 20_000) cancel.Cancel(); } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Download(server, cache).EnsureAsync(reports, cancel.Token));
        Assert.Equal(20_000, new FileInfo(cache.File("goodbooks-10k.zip.part")).Length);
        Assert.False(File.Exists(cache.File("goodbooks-10k.zip")));
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal("bytes=20000-", server.Requests.Last().Range);
        Assert.False(File.Exists(cache.File("goodbooks-10k.zip.part")));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public async Task A_damaged_archive_is_refused_and_fetched_anew_next_time(double place)
    {
        byte[] damaged = TestArchive.Bytes;
        damaged[(int)(damaged.Length * place)] ^= 0x10;
        await using LoopbackServer server = new(damaged);
        using TempFolder cache = new();
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => Download(server, cache).EnsureAsync(cancellationToken: Token));
        Assert.StartsWith("goodbooks-10k.zip", error.Message, StringComparison.Ordinal);
        Assert.Equal([".lock", "SHA256SUMS"], Names(cache.Path));
        server.Content = TestArchive.Bytes;
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task What_is_no_archive_is_refused()
    {
        await using LoopbackServer server = new("<html>Sign in to the network</html>"u8.ToArray());
        using TempFolder cache = new();
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => Download(server, cache).EnsureAsync(cancellationToken: Token));
        Assert.StartsWith("goodbooks-10k.zip: expected a readable archive", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cache.File("csv")));
    }

    [Theory]
    [InlineData("../ratings.csv")]
    [InlineData("data/../../ratings.csv")]
    [InlineData("..\\ratings.csv")]
    [InlineData("/ratings.csv")]
    [InlineData("C:/ratings.csv")]
    public async Task An_entry_that_points_outside_is_refused_and_not_written(string entry)
    {
        await using LoopbackServer server = new(TestArchive.Make(("ratings.csv", TestArchive.Ratings()), ("to_read.csv", TestArchive.ToRead), (entry, "evil")));
        using TempFolder parent = new();
        string cache = parent.File("cache");
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => new GoodBooksDownload(cache, Source(server)).EnsureAsync(cancellationToken: Token));
        Assert.Contains($"'{entry}'", error.Message, StringComparison.Ordinal);
        Assert.Equal([cache], Directory.GetFileSystemEntries(parent.Path));
        Assert.Equal([".lock", "SHA256SUMS"], Names(cache));
    }

    [Theory]
    [InlineData("user_id,book_id\n1,2\n", "found 1 and 2")]
    [InlineData("user_id,book_id,x\n1,2,3\n1,2,3\n", "found 2 and 3")]
    [InlineData(null, "expected one entry to_read.csv, found 0")]
    public async Task Another_content_than_the_published_one_is_refused(string? toRead, string message)
    {
        (string, string)[] entries = [("ratings.csv", TestArchive.Ratings()), (toRead is null ? "other.csv" : "to_read.csv", toRead ?? "")];
        await using LoopbackServer server = new(TestArchive.Make(entries));
        using TempFolder cache = new();
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => Download(server, cache).EnsureAsync(cancellationToken: Token));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cache.File("csv")));
    }

    [Fact]
    public async Task A_damaged_cache_is_mended_from_the_archive_or_else_from_the_server()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new();
        string folder = await Download(server, cache).EnsureAsync(cancellationToken: Token);

        await File.AppendAllTextAsync(Path.Combine(folder, "to_read.csv"), "9,9\n", Token);
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal(TestArchive.ToRead, await File.ReadAllTextAsync(Path.Combine(folder, "to_read.csv"), Token));
        Assert.Single(server.Requests);

        File.Delete(Path.Combine(folder, "ratings.csv"));
        await File.AppendAllTextAsync(cache.File("goodbooks-10k.zip"), "x", Token);
        await Download(server, cache).EnsureAsync(cancellationToken: Token);
        Assert.Equal(TestArchive.Ratings(), await File.ReadAllTextAsync(Path.Combine(folder, "ratings.csv"), Token));
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(cache.File("goodbooks-10k.zip"), Token));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Two_downloads_into_one_cache_do_not_meet()
    {
        await using LoopbackServer server = new LoopbackServer(TestArchive.Bytes).Next(new LoopbackServer.Answer(StallAfter: 1_000));
        using TempFolder cache = new();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        TaskCompletionSource started = new();
        Task first = Download(server, cache).EnsureAsync(new Reports { OnReport = _ => started.TrySetResult() }, cancel.Token);
        await started.Task.WaitAsync(Token);
        IOException error = await Assert.ThrowsAsync<IOException>(() => Download(server, cache).EnsureAsync(cancellationToken: Token));
        Assert.Contains(cache.Path, error.Message, StringComparison.Ordinal);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task The_progress_bar_hands_the_folder_on_and_writes_no_escapes_into_a_file()
    {
        await using LoopbackServer server = new(TestArchive.Bytes);
        using TempFolder cache = new();
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        Assert.Equal(cache.File("csv"), await DownloadProgressBar.EnsureAsync(Download(server, cache), console, Token));
        Assert.DoesNotContain('\u001b', output.ToString());
    }

    [Fact]
    public void The_authors_release_is_the_default()
    {
        GoodBooksDownload download = new();
        Assert.Equal("https://github.com/zygmuntz/goodbooks-10k/releases/download/v1.0/goodbooks-10k.zip", download.Source.Url.AbsoluteUri);
        Assert.EndsWith(Path.Combine("Microsoft.ML.LightGcn", "goodbooks-10k"), download.CacheFolder, StringComparison.Ordinal);
        Assert.Contains(new GoodBooksTable("ratings.csv", 5_976_479, 3), download.Source.Tables);
    }

    /// <summary>The published sizes, by the way the download checks them, on those real files that are whole.</summary>
    [Theory]
    [InlineData("to_read.csv")]
    [InlineData("books.csv")]
    [InlineData("tags.csv")]
    public void Real_files_have_the_sizes_that_the_download_expects(string file)
    {
        string path = GoodBooksFiles.Find(RealGoodBooks.FolderOrSkip(), file)!;
        GoodBooksTable table = GoodBooksSource.Authors.Tables.Single(table => table.FileName == file);
        Assert.Equal((table.Rows, table.Columns), GoodBooksFiles.Measure(path));
    }

    private static GoodBooksSource Source(LoopbackServer server) => new() { Url = server.Url, Tables = TestArchive.Tables };

    private static GoodBooksDownload Download(LoopbackServer server, TempFolder cache, int attempts = 6) =>
        new(cache.Path, Source(server)) { Retry = new() { Attempts = attempts, FirstDelay = TimeSpan.FromMilliseconds(1) } };

    private static string?[] Names(string folder) => [.. Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)];

    private sealed class Reports : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> All { get; } = [];

        public Action<DownloadProgress>? OnReport { get; init; }

        public void Report(DownloadProgress value)
        {
            All.Add(value);
            OnReport?.Invoke(value);
        }
    }
}
