using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Gives out the models that an application serves. It is a singleton service, which
/// <see cref="RecommenderServiceCollectionExtensions.AddRecommender(IServiceCollection, string)"/> adds, and is thread-safe.
/// </summary>
/// <remarks>
/// A request takes a model once and keeps it to the request's end. A swap changes what the next request takes. It is one assignment, so nobody waits for
/// it, and no request sees two models. While both models are in memory, they take the memory of two.
/// </remarks>
public sealed class RecommenderPool : IDisposable
{
    /// <summary>
    /// Name of the meter, for OpenTelemetry's <c>AddMeter</c> and for dotnet-counters. Its instruments are the counters
    /// <c>recommender.models.loaded</c> and <c>recommender.models.refused</c> and the gauges <c>recommender.model.version</c>,
    /// <c>recommender.model.users</c> and <c>recommender.model.items</c>, each with the recommender's name as the tag <c>recommender.name</c>.
    /// </summary>
    public const string MeterName = "Microsoft.ML.LightGcn.Hosting";

    private readonly FrozenDictionary<string, RecommenderSlot> _slots;
    private readonly RecommenderMetrics _metrics;
    private readonly ModelCopies _copies = new();
    private volatile bool _isDisposed;

    internal RecommenderPool(IServiceProvider services)
    {
        IOptionsMonitor<RecommenderOptions> options = services.GetRequiredService<IOptionsMonitor<RecommenderOptions>>();
        ILogger log = services.GetService<ILogger<RecommenderPool>>() ?? NullLogger<RecommenderPool>.Instance;
        _metrics = new RecommenderMetrics(services.GetService<IMeterFactory>());
        _slots = services.GetServices<RecommenderName>().ToFrozenDictionary(name => name.Value, Create, StringComparer.Ordinal);
        _metrics.Observe(() => _slots.Values.Select(slot => slot.Served).OfType<ServedRecommender>());

        RecommenderSlot Create(RecommenderName name) =>
            new(new ModelLoader(name.Value, options.Get(name.Value), services, _copies), _metrics, log);
    }

    /// <summary>The names that recommenders were added under, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. _slots.Keys.Order(StringComparer.Ordinal)];

    internal IEnumerable<RecommenderSlot> Slots => _slots.Values;

    /// <summary>
    /// The model that serves now. Take it once for a request and keep it to the request's end. A started host has loaded it already; without a host, the
    /// first call loads it.
    /// </summary>
    /// <param name="name">The recommender's name; the default is the empty one.</param>
    /// <exception cref="ArgumentException">No recommender was added under this name.</exception>
    /// <exception cref="FileNotFoundException">There is no file for the first model; the message has the path.</exception>
    /// <exception cref="InvalidDataException">
    /// The first model is damaged, or a hook or a state refuses it; the message has the path and the reason.
    /// </exception>
    /// <exception cref="IOException">The file of the first model can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file of the first model may not be read.</exception>
    /// <exception cref="ObjectDisposedException">The application has ended.</exception>
    public ServedRecommender Get(string name = "")
    {
        ArgumentNullException.ThrowIfNull(name);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _slots.TryGetValue(name, out RecommenderSlot? slot)
            ? slot.Current
            : throw new ArgumentException(
                $"Expected the name of a recommender that was added, found '{name}'; there are {Known()}. "
                + $"Add it with {RecommenderName.Call(name)}.FromFile(path).",
                nameof(name));
    }

    /// <summary>Ends the pool. Models that were given out stay usable.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _metrics.Dispose();
        _copies.Sweep();
    }

    private string Known() => _slots.Count == 0 ? "none" : string.Join(", ", Names.Select(name => $"'{name}'"));
}
