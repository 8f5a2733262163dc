using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard;

/// <summary>Shows the hybrid comparison: a table for each scenario.</summary>
internal static class HybridTables
{
    private static readonly (RankingMetric Metric, int Cutoff, string Name)[] Shown =
        [(RankingMetric.Ndcg, HybridScenario.Cutoff, $"ndcg@{HybridScenario.Cutoff}"), (RankingMetric.Recall, HybridScenario.LongCutoff, $"recall@{HybridScenario.LongCutoff}")];

    /// <param name="console">The console.</param>
    /// <param name="scenarios">The tables.</param>
    /// <param name="runs">All runs, in the order to show them.</param>
    /// <param name="reference">The run without content, which the others are compared with.</param>
    public static void Write(IAnsiConsole console, HybridScenario[] scenarios, IReadOnlyList<HybridRun> runs, HybridRun reference)
    {
        bool isRedirected = !console.Profile.Out.IsTerminal;
        foreach (HybridScenario scenario in scenarios)
        {
            console.WriteLine();
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario.Title} ({reference.UserCount(scenario)} users)"));
            console.WriteLine();
            Table table = new() { Border = isRedirected ? TableBorder.Markdown : TableBorder.Rounded };
            table.AddColumn(new TableColumn(new Text("model")).NoWrap());
            foreach ((_, _, string name) in Shown)
            {
                table.AddColumn(new TableColumn(new Text(name)).RightAligned());
                table.AddColumn(new TableColumn(new Text("difference [95 %]")).RightAligned());
            }
            table.AddColumn(new TableColumn(new Text("train s")).RightAligned());
            foreach (HybridRun run in runs)
            {
                List<Text> cells = [new(run.Name)];
                foreach ((RankingMetric metric, int cutoff, _) in Shown)
                {
                    cells.Add(new(Format(run.Mean(scenario, metric, cutoff), "F4")));
                    (double difference, double lower, double upper) = run.CompareTo(reference, scenario, metric, cutoff);
                    cells.Add(new(run == reference ? "-" : $"{FormatDifference(difference)} [{FormatDifference(lower)}, {FormatDifference(upper)}]"));
                }
                cells.Add(new(Format(run.Seconds(scenario.HoldsOutItems), "F1")));
                table.AddRow(cells);
            }
            console.Write(table);
        }
        console.WriteLine();
        console.WriteLine($"Means over seeds. Differences are to {reference.Name}, paired by user; their intervals are means of those of each seed, so of one training.");
    }

    /// <summary>The same as results: metrics are named "scenario:metric" and, for differences with their intervals, "scenario:metric:difference".</summary>
    public static ResultsFile ToResults(ResultsData sizes, HybridScenario[] scenarios, IReadOnlyList<HybridRun> runs, HybridRun reference)
    {
        return new ResultsFile(sizes, [.. runs.Select(Result)]);

        ModelResult Result(HybridRun run)
        {
            // Evaluation is not timed here.
            ModelResult result = new(run.Name, [], run.Seconds(scenarios[0].HoldsOutItems), 0, PeakMemory.Bytes()) { Intervals = [] };
            foreach (HybridScenario scenario in scenarios)
            {
                foreach ((RankingMetric metric, int cutoff, string name) in Shown)
                {
                    result.Metrics.Add($"{scenario.Name}:{name}", run.Mean(scenario, metric, cutoff));
                    if (run == reference)
                        continue;
                    (double difference, double lower, double upper) = run.CompareTo(reference, scenario, metric, cutoff);
                    result.Metrics.Add($"{scenario.Name}:{name}:difference", difference);
                    result.Intervals.Add($"{scenario.Name}:{name}:difference", [lower, upper]);
                }
            }
            return result;
        }
    }

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    // A negative number that rounds to zero would have two signs.
    private static string FormatDifference(double value) => Format(Math.Round(value, 4) + 0.0, "+0.0000;-0.0000");
}
