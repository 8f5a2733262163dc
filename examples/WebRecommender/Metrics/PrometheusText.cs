using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.ML.LightGcn;

namespace WebRecommender.Metrics;

/// <summary>
/// Listens to the metrics of the model that serves and the framework's request durations, and writes them in Prometheus' text format (version
/// 0.0.4). Small on purpose: an application with more to measure takes an OpenTelemetry exporter.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string RequestDuration = "http.server.request.duration";

    /// <summary>What the server calls users and items.</summary>
    private static readonly Dictionary<string, string> Names = new() { ["recommender.model.users"] = "recommender.model.readers", ["recommender.model.items"] = "recommender.model.books" };

    /// <summary>Upper bounds of the buckets of durations, in seconds.</summary>
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (string Type, string Help)> _families = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (long[] Buckets, double Sum)> _durations = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    /// <param name="meters">The server's factory: other servers of the process have meters of the same names.</param>
    public PrometheusText(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter.Scope, meters) || (instrument.Meter.Name != RecommenderPool.MeterName && instrument.Name != RequestDuration))
                return;
            listener.EnableMeasurementEvents(instrument);
            // A counter is there from the start, with nothing counted.
            if (instrument is Counter<long>)
                Set(instrument, 0, isIncrement: true);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Set(instrument, value, isIncrement: true));
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Set(instrument, value, isIncrement: false));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, _) => AddDuration(value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    public override string ToString()
    {
        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        lock (_lock)
        {
            foreach ((string name, (string type, string help)) in _families)
            {
                Line(text, $"# HELP {name} {help}");
                Line(text, $"# TYPE {name} {type}");
                Line(text, $"{name} {_values[name]}");
            }
            Line(text, $"# HELP http_request_duration_seconds Requests by route and status.");
            Line(text, $"# TYPE http_request_duration_seconds histogram");
            foreach ((string labels, (long[] buckets, double sum)) in _durations)
            {
                long count = 0;
                for (int b = 0; b < buckets.Length; b++)
                {
                    count += buckets[b];
                    string bound = b < Bounds.Length ? Bounds[b].ToString(CultureInfo.InvariantCulture) : "+Inf";
                    Line(text, $"http_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}} {count}");
                }
                Line(text, $"http_request_duration_seconds_sum{{{labels}}} {sum}");
                Line(text, $"http_request_duration_seconds_count{{{labels}}} {count}");
            }
        }
        return text.ToString();
    }

    private void Set(Instrument instrument, double value, bool isIncrement)
    {
        string name = Names.GetValueOrDefault(instrument.Name, instrument.Name).Replace('.', '_') + (isIncrement ? "_total" : "");
        lock (_lock)
        {
            _families[name] = (isIncrement ? "counter" : "gauge", instrument.Description ?? "");
            _values[name] = value + (isIncrement ? _values.GetValueOrDefault(name) : 0);
        }
    }

    private void AddDuration(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Requests without a route, which anybody may make up, share a label.
        object? route = "other", status = null;
        foreach ((string key, object? value) in tags)
        {
            if (key == "http.route")
                route = value;
            else if (key == "http.response.status_code")
                status = value;
        }
        string labels = string.Create(CultureInfo.InvariantCulture, $"route=\"{route}\",status=\"{status}\"");
        int bucket = Array.FindIndex(Bounds, bound => seconds <= bound);
        lock (_lock)
        {
            (long[] buckets, double sum) = _durations.TryGetValue(labels, out (long[], double) found) ? found : (new long[Bounds.Length + 1], 0);
            buckets[bucket < 0 ? Bounds.Length : bucket]++;
            _durations[labels] = (buckets, sum + seconds);
        }
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
