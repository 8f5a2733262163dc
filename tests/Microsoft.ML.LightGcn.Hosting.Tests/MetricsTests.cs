using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>What a listener such as OpenTelemetry's is told.</summary>
public sealed class MetricsTests(Samples samples)
{
    [Fact]
    public async Task Models_are_counted_and_described_by_name()
    {
        ConcurrentDictionary<string, long> values = [];
        using MeterListener listener = new();
        await using Service service = await Service.StartAsync(samples.Zip, add: services =>
        {
            services.AddRecommender("films").FromFile(samples.Own);
            services.AddSingleton<IMeterFactory>(new Factory(meter => Listen(listener, meter, values)));
        });
        service.Replace("no model"u8.ToArray());
        await service.UntilLogAsync("Refused");
        service.Replace(samples.Own);
        await service.UntilVersionAsync(2);
        await Service.UntilAsync(() => values.GetValueOrDefault("recommender.models.loaded/") == 2, "a counted model");
        listener.RecordObservableInstruments();
        ServedRecommender model = service.Pool.Get();
        Dictionary<string, long> expected = new()
        {
            ["recommender.models.loaded/"] = 2,
            ["recommender.models.loaded/films"] = 1,
            ["recommender.models.refused/"] = 1,
            ["recommender.model.version/"] = 2,
            ["recommender.model.version/films"] = 1,
            ["recommender.model.users/"] = model.Recommender.UserCount,
            ["recommender.model.users/films"] = model.Recommender.UserCount,
            ["recommender.model.items/"] = model.Recommender.ItemCount,
            ["recommender.model.items/films"] = model.Recommender.ItemCount,
        };
        Assert.Equal(expected.OrderBy(value => value.Key, StringComparer.Ordinal), values.OrderBy(value => value.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Without_a_factory_the_meter_is_the_pool_s_own_and_ends_with_it()
    {
        // Meters of other tests have a factory, and so a scope.
        ConcurrentDictionary<string, long> values = [];
        using MeterListener listener = new();
        int ended = 0;
        listener.MeasurementsCompleted = (_, _) => Interlocked.Increment(ref ended);
        ServiceCollection services = new();
        services.AddRecommender("metrics").FromFile(samples.Own);
        using (ServiceProvider provider = services.BuildServiceProvider())
        {
            RecommenderPool pool = provider.GetRequiredService<RecommenderPool>();
            Listen(listener, null, values);
            pool.Get("metrics");
            Assert.Equal(1, values["recommender.models.loaded/metrics"]);
        }
        Assert.True(ended >= 5, $"{ended} instruments ended");
    }

    private static void Listen(MeterListener listener, Meter? meter, ConcurrentDictionary<string, long> values)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == RecommenderPool.MeterName && (meter is null ? instrument.Meter.Scope is null : instrument.Meter == meter))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => values.AddOrUpdate(Label(instrument, tags), value, (_, old) => old + value));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => values[Label(instrument, tags)] = value);
        listener.Start();
    }

    private static string Label(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Assert.Equal(1, tags.Length);
        Assert.Equal("recommender.name", tags[0].Key);
        return $"{instrument.Name}/{tags[0].Value}";
    }

    private sealed class Factory(Action<Meter> made) : IMeterFactory
    {
        private Meter? _meter;

        public Meter Create(MeterOptions options)
        {
            Assert.Equal(RecommenderPool.MeterName, options.Name);
            options.Scope = this;
            made(_meter = new Meter(options));
            return _meter;
        }

        public void Dispose() => _meter?.Dispose();
    }
}
