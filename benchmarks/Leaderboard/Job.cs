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
        MLContext ml = new(seed);
        (InteractionSplit split, ResultsData sizes, _) = UserError.For("--data", () => LeaderboardData.Read(ml, console, folder, seed)).Thin(ml, trainShare, seed);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sizes.Users} users, {sizes.Items} items; train {sizes.Train}, validation {sizes.Validation}, test {sizes.Test}"));
        List<ModelResult> results = [];
        foreach (string name in models)
        {
            cancellationToken.ThrowIfCancellationRequested();
            results.Add(Measure(ml, name, split, sizes.Validation > 0, cancellationToken));
        }
        ResultsFile file = new(sizes, results);
        ResultsTable.Write(console, file);
        if (json is not null)
            UserError.For("--json", () => file.Write(json));
        if (plot is not null)
            UserError.For("--plot", () => QualityTimePlot.Save(plot, "Quality against training time", MetricNames.Name(RankingMetric.Ndcg, cutoffs[0]), results));
    }

    private ModelResult Measure(MLContext ml, string name, InteractionSplit split, bool hasValidation, CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        IItemScorer model = ModelCatalog.Train(name, ml, split, hasValidation, seed, cancellationToken);
        double trainSeconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, split.Test, split.Train, new TopNEvaluationOptions { Cutoffs = cutoffs, CancellationToken = cancellationToken });
        ModelResult result = new(name, [], trainSeconds, clock.Elapsed.TotalSeconds, PeakMemory.Bytes()) { Intervals = [] };
        foreach (int cutoff in metrics.Cutoffs)
        {
            foreach (RankingMetric metric in Shown)
            {
                ConfidenceInterval interval = metrics.ConfidenceInterval(metric, cutoff);
                result.Metrics.Add(MetricNames.Name(metric, cutoff), metrics[metric, cutoff]);
                result.Intervals.Add(MetricNames.Name(metric, cutoff), [interval.Lower, interval.Upper]);
            }
        }
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: ndcg@{metrics.Cutoffs[0]} {metrics[RankingMetric.Ndcg, metrics.Cutoffs[0]]:F4}, {metrics.UserCount} users, trained in {trainSeconds:F1} s"));
        return result;
    }
}
