using System.Diagnostics.Metrics;
using WebRecommender.Models;

namespace WebRecommender.Metrics;

/// <summary>What the server counts beside the web framework's own metrics.</summary>
internal sealed class ServerMetrics
{
    /// <summary>Name of the meter, for dotnet-counters and OpenTelemetry too.</summary>
    public const string MeterName = "WebRecommender";

    private readonly Counter<long> _loaded, _refused;
    private ServedModel? _model;

    public ServerMetrics(IMeterFactory meters)
    {
        // The factory owns the meter and disposes it with the server.
        Meter meter = meters.Create(MeterName);
        _loaded = meter.CreateCounter<long>("recommender.models.loaded", description: "Models that were loaded and served.");
        _refused = meter.CreateCounter<long>("recommender.models.refused", description: "Model files that were broken.");
        meter.CreateObservableGauge("recommender.model.version", () => _model?.Version ?? 0, description: "Version of the model that serves.");
        meter.CreateObservableGauge("recommender.model.readers", () => _model?.Recommender.UserCount ?? 0, description: "Readers that the model knows.");
        meter.CreateObservableGauge("recommender.model.books", () => _model?.Recommender.ItemCount ?? 0, description: "Books that the model knows.");
    }

    public void CountModel(ServedModel model)
    {
        Volatile.Write(ref _model, model);
        _loaded.Add(1);
    }

    public void CountRefusal() => _refused.Add(1);
}
