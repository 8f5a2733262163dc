using Microsoft.Extensions.Logging;

namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>Holds the model that serves under a name, and puts the next in its place.</summary>
internal sealed partial class RecommenderSlot(ModelLoader loader, RecommenderMetrics metrics, ILogger log)
{
    private readonly Lock _loading = new();
    private volatile ServedRecommender? _served;
    private volatile string? _refusal;
    private FileStamp? _first;

    public string Name => loader.Name;

    public bool IsWatched => loader.Options.WatchForChanges;

    /// <summary>The model that serves; null before the first is loaded.</summary>
    public ServedRecommender? Served => _served;

    /// <summary>Why the last file was refused; null where it serves.</summary>
    public string? Refusal => _refusal;

    /// <summary>The model that serves; loads the first.</summary>
    public ServedRecommender Current => _served ?? LoadFirst();

    /// <summary>
    /// Looks at the file now and then, and loads a changed one once it has rested for an interval: a copy that is still being written is left alone.
    /// Polling, since notifications of file systems get lost on network and container volumes.
    /// </summary>
    public async Task WatchAsync(CancellationToken stoppingToken)
    {
        FileStamp? handled = _first, last = handled;
        using PeriodicTimer timer = new(loader.Options.PollInterval);
        // Over when the host stops, with no exception: of one whose start failed, that would be reported as a failure of its own.
        using CancellationTokenRegistration stop = stoppingToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            loader.Sweep();
            FileStamp? now = FileStamp.Of(loader.Path);
            bool isAtRest = now == last;
            last = now;
            if (now is null || now == handled || !isAtRest)
                continue;
            try
            {
                Reload();
                // A refused file counts as handled: it is tried again when it changes.
                handled = now;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Somebody is writing it, or may yet let us read it.
                LogNotYet(loader.Path, error.Message);
            }
        }
    }

    private ServedRecommender LoadFirst()
    {
        lock (_loading)
        {
            if (_served is { } loaded)
                return loaded;
            string expectation = $"{RecommenderName.Describe(Name)}: expected a model at '{loader.Path}'";
            try
            {
                _first = FileStamp.Of(loader.Path) ?? throw new FileNotFoundException($"{expectation}, found no file.", loader.Path);
                using FileStream file = loader.Open();
                return Serve(loader.Load(file, 1));
            }
            catch (InvalidDataException reason)
            {
                metrics.CountRefusal(Name);
                throw new InvalidDataException(_refusal = $"{expectation}, found one that is refused. {reason.Message}", reason.InnerException);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _refusal = error.Message;
                throw;
            }
        }
    }

    /// <exception cref="IOException">The file can't be opened now.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened now.</exception>
    private void Reload()
    {
        using FileStream file = loader.Open();
        lock (_loading)
        {
            int version = _served?.Version ?? 0;
            try
            {
                Serve(loader.Load(file, version + 1));
            }
            catch (InvalidDataException reason)
            {
                _refusal = reason.Message;
                metrics.CountRefusal(Name);
                LogRefused(loader.Path, reason.Message, RecommenderName.Describe(Name), version);
            }
        }
    }

    private ServedRecommender Serve(ServedRecommender model)
    {
        (_served, _refusal) = (model, null);
        metrics.CountModel(Name);
        LogServing(RecommenderName.Describe(Name), model.Version, model.Path, model.Recommender.UserCount, model.Recommender.ItemCount);
        return model;
    }

    [LoggerMessage(1, LogLevel.Information, "{Recommender} serves model {Version} of {Path}: {Users} users, {Items} items.")]
    private partial void LogServing(string recommender, int version, string path, int users, int items);

    [LoggerMessage(2, LogLevel.Error, "Refused the model at {Path}: {Reason} {Recommender} serves model {Version} on.")]
    private partial void LogRefused(string path, string reason, string recommender, int version);

    [LoggerMessage(3, LogLevel.Warning, "The model at {Path} can't be opened yet: {Reason}")]
    private partial void LogNotYet(string path, string reason);
}
