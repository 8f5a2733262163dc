using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace GoodBooks;

/// <summary>Shows every epoch as it ends, and writes it to the run's log.</summary>
internal sealed class EpochReport(IAnsiConsole console, RunFolder folder, LightGcnTrainer.Options options) : IProgress<TrainingEpoch>, IDisposable
{
    private readonly string _metric = MetricNames.Name(options.ValidationMetric, options.ValidationCutoff);
    private readonly List<EpochResult> _epochs = [];
    private EpochLog? _log;

    public IReadOnlyList<EpochResult> Epochs => _epochs;

    public int? BestEpoch { get; private set; }

    public void Report(TrainingEpoch value)
    {
        OrderedDictionary<string, double> all = MetricNames.ToResults(value.Validation!);
        double best = value.Validation![options.ValidationMetric, options.ValidationCutoff];
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"epoch {value.Epoch,3} of {value.EpochCount}: loss {value.Loss:F4}, {_metric} {best:F4}{(value.IsBest ? " *" : "  ")} {value.TrainingTime.TotalSeconds,5:F1}+{value.ValidationTime.TotalSeconds:F1} s, {value.SamplesPerSecond:N0}/s"));
        if (value.IsBest)
            BestEpoch = value.Epoch;
        _log ??= folder.OpenEpochLog([.. all.Keys]);
        _log.Append(new EpochResult(value.Epoch, value.Loss, all, value.TrainingTime.TotalSeconds, value.ValidationTime.TotalSeconds));
        // The plot shows the metric that chooses the best epoch.
        _epochs.Add(new EpochResult(value.Epoch, value.Loss, new() { [_metric] = best }, value.TrainingTime.TotalSeconds, value.ValidationTime.TotalSeconds));
    }

    public void Dispose() => _log?.Dispose();
}
