using ScottPlot;
using ScottPlot.Plottables;

namespace LightGcn.Examples;

/// <summary>A training that took some time and reached some quality.</summary>
/// <param name="Kind">The kind of model.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="Value">The metric.</param>
public sealed record TimedQuality(string Kind, double Seconds, double Value);

/// <summary>Draws what each kind of model reaches in how much training time: a point for each training, and a step line of the best so far.</summary>
public static class BudgetPlot
{
    // The least time that the logarithmic axis shows: a baseline that trains in no time has a place too.
    private const double MinimumSeconds = 0.01;

    /// <summary>Writes an SVG of 1000 x 600 points, in one step. Time is on a logarithmic axis; times below 0.01 s are drawn there.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="title">The title.</param>
    /// <param name="metric">What the values are, such as "validation ndcg@10".</param>
    /// <param name="trainings">The trainings; at least one.</param>
    /// <param name="budgets">Times to mark with lines, in seconds.</param>
    /// <exception cref="ArgumentException">There are no trainings.</exception>
    public static void Save(string path, string title, string metric, IReadOnlyList<TimedQuality> trainings, IReadOnlyList<double> budgets)
    {
        if (trainings.Count == 0)
            throw new ArgumentException("Expected at least one training, found none.", nameof(trainings));
        using Plot plot = new();
        plot.Title(title);
        plot.XLabel("training time in seconds (logarithmic)");
        plot.YLabel(metric);
        foreach (double budget in budgets)
            plot.Add.VerticalLine(Place(budget), 1, Colors.Silver);
        double right = Math.Ceiling(trainings.Select(training => Place(training.Seconds)).Concat(budgets.Select(Place)).Max() + 0.01);
        double left = Math.Floor(trainings.Min(training => Place(training.Seconds)) - 0.01);
        int kind = 0;
        foreach (IGrouping<string, TimedQuality> group in trainings.GroupBy(training => training.Kind))
            AddKind(plot, group.Key, [.. group.OrderBy(training => training.Seconds)], PlotStyle.ColorOf(kind++), right);
        plot.Axes.Bottom.TickGenerator = PlotStyle.LogarithmicTicks();
        plot.Axes.SetLimits(left, right, 0, Math.Max(trainings.Max(training => training.Value), 1e-6) * 1.1);
        plot.ShowLegend(Edge.Right);
        PlotStyle.SaveSvg(plot, path);
    }

    private static void AddKind(Plot plot, string name, TimedQuality[] trainings, Color color, double right)
    {
        Scatter points = plot.Add.ScatterPoints(Array.ConvertAll(trainings, training => Place(training.Seconds)), Array.ConvertAll(trainings, training => training.Value), color);
        points.MarkerSize = 8;
        points.LegendText = name;
        // With more time the best so far is never worse: the line goes on to the end.
        List<double> xs = [], ys = [];
        foreach (TimedQuality training in trainings)
        {
            if (ys.Count > 0 && training.Value <= ys[^1])
                continue;
            xs.Add(Place(training.Seconds));
            ys.Add(training.Value);
        }
        xs.Add(right);
        ys.Add(ys[^1]);
        Scatter line = plot.Add.ScatterLine(xs.ToArray(), ys.ToArray(), color);
        line.ConnectStyle = ConnectStyle.StepHorizontal;
        line.LineWidth = 2;
    }

    private static double Place(double seconds) => Math.Log10(Math.Max(MinimumSeconds, seconds));
}
