using System.Globalization;
using Spectre.Console;

namespace LightGcn.Examples;

/// <summary>Shows results as a table: a row for each model, a column for each metric, and how many times the baseline's value it is.</summary>
public static class ResultsTable
{
    /// <summary>Writes the table; where output is redirected, as Markdown without colours and without line breaks in rows.</summary>
    /// <param name="console">The console.</param>
    /// <param name="results">The results.</param>
    /// <param name="baseline">The name of the model to compare with; null for no comparison.</param>
    /// <param name="ratioMetric">The metric to compare by; the first one where null.</param>
    /// <exception cref="ArgumentException">No model has the baseline's name, or no model has the metric.</exception>
    public static void Write(IAnsiConsole console, ResultsFile results, string? baseline = null, string? ratioMetric = null)
    {
        bool isRedirected = !console.Profile.Out.IsTerminal;
        Table table = Build(results, baseline, ratioMetric, isRedirected);
        int width = console.Profile.Width;
        try
        {
            // A file has no width, and Spectre.Console's guess of 80 would break rows.
            if (isRedirected)
                console.Profile.Width = 1_000;
            console.Write(table);
        }
        finally
        {
            console.Profile.Width = width;
        }
    }

    private static Table Build(ResultsFile results, string? baseline, string? ratioMetric, bool asMarkdown)
    {
        string[] metrics = [.. results.Models.SelectMany(model => model.Metrics.Keys).Distinct()];
        ModelResult? reference = null;
        if (baseline is not null)
        {
            reference = results.Models.FirstOrDefault(model => model.Name == baseline)
                ?? throw new ArgumentException($"Expected a model named '{baseline}', found {string.Join(", ", results.Models.Select(model => model.Name))}.", nameof(baseline));
            ratioMetric ??= metrics.FirstOrDefault();
            if (ratioMetric is null || !metrics.Contains(ratioMetric))
                throw new ArgumentException($"Expected one of the metrics {string.Join(", ", metrics)}, found '{ratioMetric}'.", nameof(ratioMetric));
        }

        Table table = new() { Border = asMarkdown ? TableBorder.Markdown : TableBorder.Rounded };
        table.AddColumn(new TableColumn(new Text("model")).NoWrap());
        List<string> headers = [.. metrics];
        if (reference is not null)
            headers.Add($"{ratioMetric} / {reference.Name}");
        headers.AddRange(["train s", "evaluation s", "peak MB"]);
        foreach (string header in headers)
            table.AddColumn(new TableColumn(new Text(header)).RightAligned());
        foreach (ModelResult model in results.Models)
        {
            // Text and not markup: a name may have square brackets.
            List<Text> cells = [new(model.Setting is null ? model.Name : $"{model.Name}, {model.Setting}")];
            cells.AddRange(metrics.Select(metric => new Text(Cell(model, metric))));
            if (reference is not null)
                cells.Add(new(Ratio(model, reference, ratioMetric!)));
            cells.Add(new(Format(model.TrainSeconds, "F1")));
            cells.Add(new(Format(model.EvaluationSeconds, "F1")));
            cells.Add(new(Format(model.PeakMemoryBytes / (1024d * 1024), "F0")));
            table.AddRow(cells);
        }
        return table;
    }

    /// <summary>A metric and, where there is one, its interval.</summary>
    private static string Cell(ModelResult model, string metric)
    {
        if (!model.Metrics.TryGetValue(metric, out double value))
            return "-";
        string text = Format(value, "F4");
        return model.Intervals?.GetValueOrDefault(metric) is [double lower, double upper] ? $"{text} [{Format(lower, "F4")}, {Format(upper, "F4")}]" : text;
    }

    private static string Ratio(ModelResult model, ModelResult reference, string metric) =>
        model.Metrics.TryGetValue(metric, out double value) && reference.Metrics.TryGetValue(metric, out double unit) && unit > 0
            ? Format(value / unit, "F2") + "x"
            : "-";

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
