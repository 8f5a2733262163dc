using System.Globalization;
using System.Text;

namespace LightGcn.Examples;

/// <summary>
/// A CSV file of training epochs, one line each, on disk as soon as the epoch is over, so that a long run can be watched
/// and an interrupted one is not lost.
/// </summary>
public sealed class EpochLog : IDisposable
{
    private readonly StreamWriter _writer;
    private readonly string[] _metrics;

    /// <summary>Starts a log with its header: epoch, loss, the metrics, train_seconds, validation_seconds.</summary>
    /// <param name="path">The file; an old one is replaced.</param>
    /// <param name="metrics">Names of the validation metrics, such as "ndcg@10"; none for training without validation.</param>
    /// <exception cref="ArgumentException">A name has a comma, a quote or a line break, or comes twice.</exception>
    public EpochLog(string path, params IReadOnlyList<string> metrics)
    {
        _metrics = [.. metrics];
        if (_metrics.FirstOrDefault(name => name.AsSpan().ContainsAny(",\"\r\n")) is { } unfit)
            throw new ArgumentException($"Expected metric names without commas, quotes and line breaks, found '{unfit}'.", nameof(metrics));
        if (_metrics.Distinct().Count() != _metrics.Length)
            throw new ArgumentException($"Expected each metric once, found {string.Join(", ", _metrics)}.", nameof(metrics));
        // Others may read while training goes on.
        _writer = new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
        _writer.WriteLine(string.Join(',', ["epoch", "loss", .. _metrics, "train_seconds", "validation_seconds"]));
    }

    /// <summary>Appends an epoch. A metric that it lacks leaves its field empty.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <exception cref="ArgumentException">The epoch has a metric that the header lacks.</exception>
    public void Append(EpochResult epoch)
    {
        if (epoch.Validation.Keys.FirstOrDefault(name => !_metrics.Contains(name)) is { } unknown)
            throw new ArgumentException($"Expected the metrics {string.Join(", ", _metrics)}, found {unknown}.", nameof(epoch));
        // One write for the line, so that a reader does not meet half of it.
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"{epoch.Epoch},{epoch.Loss}");
        foreach (string name in _metrics)
        {
            line.Append(',');
            if (epoch.Validation.TryGetValue(name, out double value))
                line.Append(CultureInfo.InvariantCulture, $"{value}");
        }
        line.Append(CultureInfo.InvariantCulture, $",{epoch.TrainSeconds:F3},{epoch.ValidationSeconds:F3}\n");
        _writer.Write(line.ToString());
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _writer.Dispose();
}
