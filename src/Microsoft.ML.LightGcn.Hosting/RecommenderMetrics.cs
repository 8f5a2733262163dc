using System.Diagnostics.Metrics;

namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>What is counted of the models that an application serves.</summary>
internal sealed class RecommenderMetrics : IDisposable
{
    private const string NameTag = "recommender.name";

    private readonly Counter<long> _loaded, _refused;
    private readonly Meter _meter;
    private readonly bool _isOwn;

    /// <param name="meters">Makes the meter and disposes of it; null where the application has none, for a meter of our own.</param>
    public RecommenderMetrics(IMeterFactory? meters)
    {
        _isOwn = meters is null;
        _meter = meters?.Create(RecommenderPool.MeterName) ?? new Meter(RecommenderPool.MeterName);
        _loaded = _meter.CreateCounter<long>("recommender.models.loaded", "{model}", "Models that were loaded and served.");
        _refused = _meter.CreateCounter<long>("recommender.models.refused", "{model}", "Model files that were refused.");
    }

    /// <summary>Tells of models from now on.</summary>
    /// <param name="served">The models that serve when it is called.</param>
    public void Observe(Func<IEnumerable<ServedRecommender>> served)
    {
        AddGauge("recommender.model.version", null, "Version of the model that serves.", model => model.Version);
        AddGauge("recommender.model.users", "{user}", "Users that the model knows.", model => model.Recommender.UserCount);
        AddGauge("recommender.model.items", "{item}", "Items that the model knows.", model => model.Recommender.ItemCount);

        void AddGauge(string instrument, string? unit, string description, Func<ServedRecommender, int> value) =>
            _meter.CreateObservableGauge(
                instrument, () => served().Select(model => new Measurement<int>(value(model), Tag(model.Name))), unit, description);
    }

    public void CountModel(string name) => _loaded.Add(1, Tag(name));

    public void CountRefusal(string name) => _refused.Add(1, Tag(name));

    public void Dispose()
    {
        if (_isOwn)
            _meter.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string name) => new(NameTag, name);
}
