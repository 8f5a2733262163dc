using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;

namespace LightGcn.Examples;

/// <summary>Draws training loss (left axis) and validation metrics (right axis) by epoch.</summary>
public static class LearningCurvePlot
{
    /// <summary>Writes a PNG of 1000 x 600 pixels, in one step. It needs no display.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="title">The title.</param>
    /// <param name="epochs">The epochs, ascending; at least one.</param>
    /// <param name="bestEpoch">The epoch to mark as the best; null for none.</param>
    /// <param name="baseline">A value of the first metric to compare with, such as popularity's; null for none.</param>
    /// <param name="baselineName">What the baseline is called in the legend.</param>
    /// <exception cref="ArgumentException">There are no epochs.</exception>
    public static void Save(string path, string title, IReadOnlyList<EpochResult> epochs, int? bestEpoch = null, double? baseline = null, string baselineName = "popularity")
    {
        if (epochs.Count == 0)
            throw new ArgumentException("Expected at least one epoch, found none.", nameof(epochs));
        using Plot plot = new();
        plot.Title(title);
        plot.XLabel("epoch");
        plot.YLabel("training loss");
        Scatter loss = plot.Add.Scatter(epochs.Select(epoch => (double)epoch.Epoch).ToArray(), epochs.Select(epoch => epoch.Loss).ToArray(), PlotStyle.ColorOf(0));
        loss.LegendText = "training loss";
        loss.LineWidth = 2;

        string[] metrics = [.. epochs.SelectMany(epoch => epoch.Validation.Keys).Distinct()];
        for (int m = 0; m < metrics.Length; m++)
            AddMetric(plot, metrics[m], epochs, PlotStyle.ColorOf(m + 1));
        if (metrics.Length > 0)
        {
            plot.Axes.Right.Label.Text = metrics.Length == 1 ? $"validation {metrics[0]}" : "validation metric";
            if (baseline is { } value)
            {
                HorizontalLine line = plot.Add.HorizontalLine(value, 2, PlotStyle.ColorOf(1), LinePattern.Dashed);
                line.Axes.YAxis = plot.Axes.Right;
                line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{baselineName}, {metrics[0]} {value:F4}");
            }
        }
        if (bestEpoch is { } best)
        {
            VerticalLine line = plot.Add.VerticalLine(best, 2, Colors.Gray, LinePattern.Dotted);
            line.LegendText = string.Create(CultureInfo.InvariantCulture, $"best epoch {best}");
        }
        // Epochs are counted: between two of them there is nothing to label.
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.ShowLegend(Edge.Bottom);
        plot.Axes.AutoScale();
        PlotStyle.SavePng(plot, path);
    }

    private static void AddMetric(Plot plot, string metric, IReadOnlyList<EpochResult> epochs, Color color)
    {
        EpochResult[] validated = [.. epochs.Where(epoch => epoch.Validation.ContainsKey(metric))];
        Scatter line = plot.Add.Scatter(validated.Select(epoch => (double)epoch.Epoch).ToArray(), validated.Select(epoch => epoch.Validation[metric]).ToArray(), color);
        line.Axes.YAxis = plot.Axes.Right;
        line.LegendText = $"validation {metric}";
        line.LineWidth = 2;
    }
}
