using System.Diagnostics;
using System.Globalization;
using GoodBooks;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard;

/// <summary>Trains every model on the same split, evaluates each on all test users, and shows one table.</summary>
internal sealed class Job(IAnsiConsole console, int seed, int[] cutoffs, double trainShare)
{
    private static readonly RankingMetric[] Shown = [RankingMetric.HitRate, RankingMetric.Recall, RankingMetric.Ndcg];

    public void Run(string folder, string[] models, string? json, string? plot, CancellationToken cancellationToken)
    {
        ModelCatalog.CheckAvailable(models);
        // A file has no width, and Spectre.Console's guess of 80 would break lines.
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 1_000;
        MLContext ml = new(seed);
        (InteractionSplit split, ResultsData sizes, _) = UserError.For("--data", () => LeaderboardData.Read(ml, console, folder, seed)).Thin(ml, trainShare, seed);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sizes.Users} users, {sizes.Items} items; train {sizes.Train}, validation {sizes.Validation}, test {sizes.Test}"));
        TrainingInput input = new(ml, split, sizes.Validation > 0, cutoffs.Min(), seed, console.WriteLine, cancellationToken);
        List<ModelResult> results = [];
        foreach (string name in models)
        {
            cancellationToken.ThrowIfCancellationRequested();
            results.Add(Measure(name, input, split.Test));
        }
        ResultsFile file = new(sizes, results);
        ResultsTable.Write(console, file);
        if (json is not null)
            UserError.For("--json", () => file.Write(json));
        if (plot is not null)
            UserError.For("--plot", () => QualityTimePlot.Save(plot, "Quality against training time", MetricNames.Name(RankingMetric.Ndcg, cutoffs[0]), results));
    }

    private ModelResult Measure(string name, TrainingInput input, IDataView test)
    {
        TrainedModel model = ModelCatalog.Train(name, input);
        Stopwatch clock = Stopwatch.StartNew();
        TopNMetrics metrics = input.Ml.Ranking.EvaluateTopN(model.Scorer, test, input.Train, new TopNEvaluationOptions { Cutoffs = cutoffs, CancellationToken = input.CancellationToken });
        ModelResult result = new(name, [], model.TrainSeconds, clock.Elapsed.TotalSeconds, PeakMemory.Bytes()) { Intervals = [], Setting = model.Setting };
        foreach (int cutoff in metrics.Cutoffs)
        {
            foreach (RankingMetric metric in Shown)
            {
                ConfidenceInterval interval = metrics.ConfidenceInterval(metric, cutoff);
                result.Metrics.Add(MetricNames.Name(metric, cutoff), metrics[metric, cutoff]);
                result.Intervals.Add(MetricNames.Name(metric, cutoff), [interval.Lower, interval.Upper]);
            }
        }
        string setting = model.Setting is null ? "" : $", {model.Setting}";
        string choosing = model.ChoosingSeconds > 0 ? string.Create(CultureInfo.InvariantCulture, $", chosen in {model.ChoosingSeconds:F1} s") : "";
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}{setting}: ndcg@{metrics.Cutoffs[0]} {metrics[RankingMetric.Ndcg, metrics.Cutoffs[0]]:F4}, {metrics.UserCount} users, trained in {model.TrainSeconds:F1} s{choosing}"));
        return result;
    }
}
