using Spectre.Console;

namespace LightGcn.Examples;

/// <summary>Shows a download as a progress bar on the console.</summary>
public static class DownloadProgressBar
{
    /// <summary>Runs <see cref="GoodBooksDownload.EnsureAsync"/> with a bar; redirected output gets no escapes, at most a plain line now and then.</summary>
    /// <param name="download">The download.</param>
    /// <param name="console">The console to draw on.</param>
    /// <param name="cancellationToken">Stops the download.</param>
    /// <returns>The folder with the CSV files.</returns>
    public static Task<string> EnsureAsync(GoodBooksDownload download, IAnsiConsole console, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(download);
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                ProgressTask task = context.AddTask("GoodBooks-10k", autoStart: true);
                task.IsIndeterminate = true;
                return download.EnsureAsync(new TaskProgress(task), cancellationToken);
            });
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, which posts to other threads, this keeps the order of the reports.</summary>
    private sealed class TaskProgress(ProgressTask task) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            task.IsIndeterminate = value.BytesTotal is null;
            if (value.BytesTotal is { } total)
                task.MaxValue = Math.Max(1, total);
            task.Value = value.BytesDone;
        }
    }
}
