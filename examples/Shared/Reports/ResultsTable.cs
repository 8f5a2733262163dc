using System.Globalization;
using Spectre.Console;

namespace LightGcn.Examples;

/// <summary>
/// Shows results as a table: a row for each model, a column for each metric, and how many times the baseline's value it is. In a terminal that is too
/// narrow for that, the table is turned: a column for each model, and as many tables as it takes.
/// </summary>
public static class ResultsTable
{
    // A cell has a space on either side and shares a border.
    private const int CellBorder = 3;

    /// <summary>Writes the table; where output is redirected, as Markdown without colours and without line breaks in rows.</summary>
    /// <param name="console">The console.</param>
    /// <param name="results">The results.</param>
    /// <param name="baseline">The name of the model to compare with; null for no comparison.</param>
    /// <param name="ratioMetric">The metric to compare by; the first one where null.</param>
    /// <exception cref="ArgumentException">No model has the baseline's name, or no model has the metric.</exception>
    public static void Write(IAnsiConsole console, ResultsFile results, string? baseline = null, string? ratioMetric = null)
    {
        List<string[]> rows = Rows(results, baseline, ratioMetric);
        int width = console.Profile.Width;
        if (!console.Profile.Out.IsTerminal)
        {
            try
            {
                // A file has no width, and Spectre.Console's guess of 80 would break rows.
                console.Profile.Width = 1_000;
                console.Write(ToTable(rows, TableBorder.Markdown));
            }
            finally
            {
                console.Profile.Width = width;
            }
            return;
        }
        // Lines may break between words, and words may not.
        if (WidthOf([.. rows.Select(row => Array.ConvertAll(row, cell => cell.Split(' ').MaxBy(word => word.Length)!))]) <= width)
        {
            console.Write(ToTable(rows, TableBorder.Rounded));
            return;
        }
        for (int first = 1, count; first < rows.Count; first += count)
        {
            count = 1;
            while (first + count < rows.Count && WidthOf(Turned(rows, first, count + 1)) <= width)
                count++;
            console.Write(ToTable(Turned(rows, first, count), TableBorder.Rounded));
        }
    }

    /// <summary>The header, and a row for each model.</summary>
    private static List<string[]> Rows(ResultsFile results, string? baseline, string? ratioMetric)
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
        string[] ratio = reference is null ? [] : [$"{ratioMetric} / {reference.Name}"];
        List<string[]> rows = [["model", .. metrics, .. ratio, "train s", "evaluation s", "peak MB"]];
        foreach (ModelResult model in results.Models)
        {
            rows.Add([
                model.Setting is null ? model.Name : $"{model.Name}, {model.Setting}",
                .. metrics.Select(metric => Cell(model, metric)),
                .. reference is null ? [] : (string[])[Ratio(model, reference, ratioMetric!)],
                Format(model.TrainSeconds, "F1"),
                Format(model.EvaluationSeconds, "F1"),
                Format(model.PeakMemoryBytes / (1024d * 1024), "F0"),
            ]);
        }
        return rows;
    }

    /// <summary>The header and some of the other rows as columns.</summary>
    private static List<string[]> Turned(List<string[]> rows, int first, int count) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(column => (string[])[rows[0][column], .. rows.Skip(first).Take(count).Select(row => row[column])])];

    private static int WidthOf(List<string[]> rows) =>
        1 + Enumerable.Range(0, rows[0].Length).Sum(column => rows.Max(row => row[column].Length) + CellBorder);

    private static Table ToTable(List<string[]> rows, TableBorder border)
    {
        Table table = new() { Border = border };
        for (int column = 0; column < rows[0].Length; column++)
        {
            TableColumn added = new(new Text(rows[0][column]));
            table.AddColumn(column == 0 ? added.NoWrap() : added.RightAligned());
        }
        // Text and not markup: a name may have square brackets.
        foreach (string[] row in rows.Skip(1))
            table.AddRow(row.Select(cell => new Text(cell)));
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
