using ScottPlot;
using ScottPlot.Plottables;

namespace LightGcn.Examples;

/// <summary>Draws models as points: a quality metric against training time.</summary>
public static class QualityTimePlot
{
    // The least time that the logarithmic axis shows: a baseline that trains in no time has a place too.
    private const double MinimumSeconds = 0.01;

    /// <summary>Writes a PNG of 1000 x 600 pixels, in one step. Time is on a logarithmic axis; times below 0.01 s are drawn there.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="title">The title.</param>
    /// <param name="metric">The metric, such as "ndcg@10".</param>
    /// <param name="models">The models; at least one.</param>
    /// <exception cref="ArgumentException">There are no models, or one lacks the metric.</exception>
    public static void Save(string path, string title, string metric, IReadOnlyList<ModelResult> models)
    {
        if (models.Count == 0)
            throw new ArgumentException("Expected at least one model, found none.", nameof(models));
        if (models.FirstOrDefault(model => !model.Metrics.ContainsKey(metric)) is { } lacking)
            throw new ArgumentException($"Expected the metric {metric} of every model, found {string.Join(", ", lacking.Metrics.Keys)} of {lacking.Name}.", nameof(models));
        using Plot plot = new();
        plot.Title(title);
        plot.XLabel("training time in seconds (logarithmic)");
        plot.YLabel($"test {metric}");
        double[] xs = [.. models.Select(model => Math.Log10(Math.Max(MinimumSeconds, model.TrainSeconds)))];
        double[] ys = [.. models.Select(model => model.Metrics[metric])];
        // Room for the labels, which stand right of their points, and whole powers of ten at the ends.
        double left = Math.Floor(xs.Min() - 0.1), right = Math.Ceiling(xs.Max() + 0.1);
        double top = Math.Max(ys.Max(), 1e-6) * 1.15;
        for (int m = 0; m < models.Count; m++)
        {
            plot.Add.Marker(xs[m], ys[m], MarkerShape.FilledCircle, 12, PlotStyle.ColorOf(m));
            bool isRight = xs[m] > left + 0.7 * (right - left);
            Text label = plot.Add.Text(models[m].Name, xs[m], ys[m]);
            label.LabelFontColor = PlotStyle.ColorOf(m);
            label.LabelFontSize = 14;
            label.LabelAlignment = isRight ? Alignment.MiddleRight : Alignment.MiddleLeft;
            label.OffsetX = isRight ? -10 : 10;
        }
        plot.Axes.Bottom.TickGenerator = PlotStyle.LogarithmicTicks();
        plot.Axes.SetLimits(left, right, 0, top);
        // The last tick's label is centred on the frame's edge and needs room beyond it.
        plot.Axes.Right.MinimumSize = 40;
        PlotStyle.SavePng(plot, path);
    }
}
