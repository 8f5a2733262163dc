namespace WebRecommender.Models;

/// <summary>
/// Looks at the model file now and then, and has a changed one loaded once it has rested for an interval: a copy that is still being
/// written is left alone. Polling, since notifications of file systems get lost on network and container volumes.
/// </summary>
internal sealed partial class ModelWatcher(ModelStore store, ServerSettings settings, ILogger<ModelWatcher> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        FileStamp? handled = store.FirstStamp, last = handled;
        using PeriodicTimer timer = new(settings.PollInterval);
        // Over when the server stops, with no exception: of one whose start failed, that would be reported as a failure of its own.
        using CancellationTokenRegistration stop = stoppingToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            FileStamp? now = FileStamp.Of(store.Path);
            bool isAtRest = now == last;
            last = now;
            if (now is null || now == handled || !isAtRest)
                continue;
            try
            {
                store.Reload();
                // A refused file counts as handled: it is tried again when it changes.
                handled = now;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                LogNotYet(store.Path, error.Message);
            }
        }
    }

    [LoggerMessage(4, LogLevel.Warning, "The model at {Path} cannot be opened yet: {Reason}")]
    private partial void LogNotYet(string path, string reason);
}
