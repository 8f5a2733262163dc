using Microsoft.Extensions.Hosting;

namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>Loads all models when the host starts, and watches their files while it runs.</summary>
internal sealed class RecommenderHost(RecommenderPool pool) : BackgroundService
{
    /// <exception cref="IOException">A model can't be loaded, so that there is nothing to start.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (string name in pool.Names)
        {
            // Loading is work for a thread, not for the start of all other services.
            await Task.Run(() => pool.Get(name), cancellationToken).ConfigureAwait(false);
        }
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(pool.Slots.Where(slot => slot.IsWatched).Select(slot => slot.WatchAsync(stoppingToken)));
}
