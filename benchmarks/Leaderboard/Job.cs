using System.Diagnostics;
using System.Globalization;
using GoodBooks;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard;

/// <summary>Trains every model on the same split, evaluates each on all test users, and shows one table.</summary>
internal sealed class Job(IAnsiConsole console, int seed, int[] cutoffs)
{
    private static readonly RankingMetric[] Shown = [RankingMetric.HitRate, RankingMetric.Recall, RankingMetric.Ndcg];

    public void Run(string folder, string[] models, string? json, string? plot, CancellationToken cancellationToken)
    {
        ModelCatalog.Check(models);
        MLContext ml = new(seed);
        (InteractionSplit split, ResultsData sizes) = Read(ml, console, folder, seed);
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
            file.Write(json);
        if (plot is not null)
            QualityTimePlot.Save(plot, "Quality against training time", MetricNames.Name(RankingMetric.Ndcg, cutoffs[0]), results);
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

    /// <summary>The split of a folder: LightGCN's files, or GoodBooks prepared and split by the seed.</summary>
    public static (InteractionSplit Split, ResultsData Sizes) Read(MLContext ml, IAnsiConsole console, string folder, int seed)
    {
        if (!SplitFiles.IsIn(folder))
        {
            PreparedData goodBooks = Preparation.Run(ml, console, GoodBooksFiles.Read(folder), seed);
            return (goodBooks.Split, goodBooks.Sizes);
        }
        InteractionSplit split = SplitFiles.Read(ml, folder);
        long train = Count(split.Train), validation = Count(split.Validation), test = Count(split.Test);
        return (split, new ResultsData(KeyCount(split, "User"), KeyCount(split, "Item"), train + validation + test, train, validation, test));
    }

    private static int KeyCount(InteractionSplit split, string column) => (int)((KeyDataViewType)split.Train.Schema[column].Type).Count;

    private static long Count(IDataView data) => data.GetRowCount() ?? 0;
}
