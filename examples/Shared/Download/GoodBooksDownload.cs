using Microsoft.ML.LightGcn.Files;

namespace LightGcn.Examples;

/// <summary>
/// Downloads GoodBooks-10k once and keeps it: <c>goodbooks-10k.zip</c>, the folder <c>csv</c> with its files, and
/// <c>SHA256SUMS</c> with the checksums of all of them.
/// </summary>
/// <remarks>
/// A download that was cut goes on where it stopped, if the server can do that and the content is still the same. The
/// archive gets its name once its length and, where given, its SHA-256 are right, and the folder once every file has its
/// published rows and columns. Files of the cache that no longer have their recorded checksum are made anew.
/// See <see cref="GoodBooksSource"/> for how the content is known.
/// </remarks>
public sealed class GoodBooksDownload
{
    private const string ZipName = "goodbooks-10k.zip";
    private const string CsvName = "csv";

    private static readonly Lazy<HttpClient> SharedClient = new(() =>
    {
        HttpClient client = new() { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Microsoft.ML.LightGcn-examples");
        return client;
    });

    private readonly HttpClient? _client;

    /// <summary>Prepares a download; nothing is fetched or written yet.</summary>
    /// <param name="cacheFolder">The folder to keep it in; <see cref="DefaultCacheFolder"/> where null.</param>
    /// <param name="source">What to fetch; <see cref="GoodBooksSource.Authors"/> where null.</param>
    /// <param name="client">The client to fetch with; one of our own where null.</param>
    public GoodBooksDownload(string? cacheFolder = null, GoodBooksSource? source = null, HttpClient? client = null)
    {
        CacheFolder = Path.GetFullPath(cacheFolder ?? DefaultCacheFolder);
        Source = source ?? GoodBooksSource.Authors;
        _client = client;
    }

    /// <summary>The folder "Microsoft.ML.LightGcn/goodbooks-10k" in the user's folder for local application data.</summary>
    public static string DefaultCacheFolder => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "Microsoft.ML.LightGcn", "goodbooks-10k");

    /// <summary>The folder that keeps the data.</summary>
    public string CacheFolder { get; }

    /// <summary>What is fetched.</summary>
    public GoodBooksSource Source { get; }

    /// <summary>When to try again.</summary>
    public DownloadRetry Retry { get; init; } = new();

    /// <summary>Gives the folder with the CSV files, for <see cref="GoodBooksFiles.Read"/>; downloads what is not in the cache.</summary>
    /// <param name="progress">Told of every block that arrives; not called when the cache has everything.</param>
    /// <param name="cancellationToken">Stops the download; what has arrived is kept for the next call.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="InvalidDataException">What arrived has another length, checksum or content than expected; it is deleted.</exception>
    /// <exception cref="HttpRequestException">The server refused, such as with status 404.</exception>
    /// <exception cref="IOException">The connection was cut at every attempt, or another process is using the cache.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<string> EnsureAsync(IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(CacheFolder);
        using FileStream cacheLock = Lock();
        ChecksumFile checksums = new(CacheFolder);
        // The archive may be a link to where there is room: the part of it lies there too.
        string csv = Path.Combine(CacheFolder, CsvName), zip = TargetFile.Follow(Path.Combine(CacheFolder, ZipName));
        if (IsExpected(checksums.Recorded(ZipName)))
        {
            if (await HoldsCsvAsync(checksums, cancellationToken).ConfigureAwait(false))
                return csv;
            if (await checksums.HoldsAsync(ZipName, cancellationToken).ConfigureAwait(false))
            {
                await UnpackAsync(zip, csv, checksums, cancellationToken).ConfigureAwait(false);
                return csv;
            }
        }
        await DownloadAsync(zip, checksums, progress, cancellationToken).ConfigureAwait(false);
        await UnpackAsync(zip, csv, checksums, cancellationToken).ConfigureAwait(false);
        return csv;
    }

    private async Task DownloadAsync(string zip, ChecksumFile checksums, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        ResumableDownload download = new(_client ?? SharedClient.Value, Source.Url, zip + ".part", Retry);
        await download.RunAsync(Source.ExpectedLength, progress, cancellationToken).ConfigureAwait(false);
        string checksum = await ChecksumFile.ComputeAsync(zip + ".part", cancellationToken).ConfigureAwait(false);
        if (!IsExpected(checksum))
        {
            download.Discard();
            throw new InvalidDataException($"{Source.Url}: expected SHA-256 {Source.ExpectedSha256}, found {checksum}.");
        }
        // The checksum before the file: a recorded checksum without its file does no harm, a file without one is not trusted.
        checksums.Clear();
        checksums.Record(ZipName, checksum);
        checksums.Save();
        download.Publish(zip);
    }

    private async Task UnpackAsync(string zip, string csv, ChecksumFile checksums, CancellationToken cancellationToken)
    {
        try
        {
            if (Directory.Exists(csv))
                Directory.Delete(TargetFile.Follow(csv), recursive: true);
            AtomicFolder.Write(csv, folder => GoodBooksArchive.Extract(zip, folder, Source.Tables, cancellationToken));
        }
        catch (InvalidDataException)
        {
            // Kept, it would fail every later call in the same way.
            File.Delete(zip);
            throw;
        }
        foreach (GoodBooksTable table in Source.Tables)
            checksums.Record(CsvFile(table), await ChecksumFile.ComputeAsync(Path.Combine(csv, table.FileName), cancellationToken).ConfigureAwait(false));
        checksums.Save();
    }

    private async Task<bool> HoldsCsvAsync(ChecksumFile checksums, CancellationToken cancellationToken)
    {
        foreach (GoodBooksTable table in Source.Tables)
        {
            if (!await checksums.HoldsAsync(CsvFile(table), cancellationToken).ConfigureAwait(false))
                return false;
        }
        return true;
    }

    /// <summary>Whether a checksum is there and, where one is expected, is that one.</summary>
    private bool IsExpected(string? checksum) =>
        checksum is not null && (Source.ExpectedSha256 is null || string.Equals(checksum, Source.ExpectedSha256.Trim(), StringComparison.OrdinalIgnoreCase));

    private FileStream Lock()
    {
        string path = Path.Combine(CacheFolder, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception.IsInUse())
        {
            throw new IOException($"Could not lock the cache '{CacheFolder}': another download seems to be under way. {exception.Message}", exception);
        }
    }

    // With "/" on every platform, as in the tool's own files.
    private static string CsvFile(GoodBooksTable table) => $"{CsvName}/{table.FileName}";
}
