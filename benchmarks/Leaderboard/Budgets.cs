using System.Globalization;
using GoodBooks;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard;

/// <summary>What to compare in how much training time.</summary>
/// <param name="Folder">The folder of the data.</param>
/// <param name="Kinds">Kinds of models.</param>
/// <param name="Seconds">Training budgets in seconds.</param>
/// <param name="Cutoff">The cutoff of the metric, NDCG.</param>
/// <param name="Seed">Seed of training, and of the split.</param>
/// <param name="Json">File for the results; null for none.</param>
/// <param name="Plot">File for the plot; null for none.</param>
internal sealed record BudgetOptions(string Folder, string[] Kinds, int[] Seconds, int Cutoff, int Seed, string? Json, string? Plot);

/// <summary>
/// Quality against time: trains each kind of model with each of its settings, and shows for every training budget the setting of each kind that
/// is best on validation interactions among those that train in time, with its test metric.
/// </summary>
/// <remarks>
/// Where the data have no validation part, a setting is validated with a model that has not seen a tenth of every user's training interactions, and
/// its time and test metric are those of another on all of them. Test interactions are read for the chosen settings alone.
/// </remarks>
internal sealed class Budgets(IAnsiConsole console, BudgetOptions options)
{
    private readonly int[] _seconds = [.. options.Seconds.Distinct().Order()];

    private string Metric => MetricNames.Name(RankingMetric.Ndcg, options.Cutoff);

    public void Run(CancellationToken cancellationToken)
    {
        // A file has no width, and Spectre.Console's guess of 80 would break lines.
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 1_000;
        MLContext ml = new(options.Seed);
        (InteractionSplit split, ResultsData sizes, _) = UserError.For("--data", () => LeaderboardData.Read(ml, console, options.Folder, options.Seed));
        List<Trial> trials = [];
        foreach (string kind in options.Kinds)
        {
            Trial?[] best = new Trial?[_seconds.Length];
            foreach (BudgetSetting setting in BudgetCatalog.SettingsOf(kind))
            {
                if (Measure(ml, split, sizes.Validation > 0, kind, setting, cancellationToken) is not { } trial)
                    continue;
                trials.Add(trial);
                for (int budget = 0; budget < _seconds.Length; budget++)
                {
                    if (trial.Seconds <= _seconds[budget] && !(best[budget]?.Validation >= trial.Validation))
                        best[budget] = trial;
                }
                // Models that are the best of no budget so far are not kept: some are large.
                foreach (Trial old in trials.Except(best.OfType<Trial>()))
                    old.Scorer = null;
            }
            foreach (Trial chosen in best.OfType<Trial>().Distinct())
            {
                chosen.Test = Ndcg(ml, chosen.Scorer!, split.Test, split.Train, cancellationToken);
                chosen.Scorer = null;
            }
        }
        if (trials.Count == 0)
            throw new UserErrorException($"--budgets: expected a budget that some model trains in, found {_seconds[^1]} s at most.");
        Write(trials);
        if (options.Json is { } json)
            UserError.For("--json", () => new ResultsFile(sizes, [.. trials.Select(ToResult)]).Write(json));
        if (options.Plot is { } plot)
            UserError.For("--plot", () => BudgetPlot.Save(plot, "Quality against training time", $"validation {Metric}",
                [.. trials.Select(trial => new TimedQuality(trial.Kind, trial.Seconds, trial.Validation))], [.. _seconds.Select(seconds => (double)seconds)]));
    }

    /// <summary>Trains and validates; null where training takes longer than the longest budget.</summary>
    private Trial? Measure(MLContext ml, InteractionSplit split, bool hasValidation, string kind, BudgetSetting setting, CancellationToken cancellationToken)
    {
        string name = setting.Name.Length == 0 ? kind : $"{kind}, {setting.Name}";
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TrainingInput input = new(ml, split, hasValidation, options.Cutoff, options.Seed, console.WriteLine, limit.Token);
        limit.CancelAfter(TimeSpan.FromSeconds(_seconds[^1]));
        TrainedModel model;
        try
        {
            model = TrainedModel.Of(() => setting.Fit(input, split.Train));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: stopped after {_seconds[^1]} s"));
            return null;
        }
        limit.CancelAfter(Timeout.InfiniteTimeSpan);
        cancellationToken.ThrowIfCancellationRequested();
        // The limit may have passed at the very end of training.
        TrainingInput unlimited = new(ml, split, hasValidation, options.Cutoff, options.Seed, console.WriteLine, cancellationToken);
        double validation = unlimited.Validate(hasValidation ? model.Scorer : setting.Fit(unlimited, unlimited.Choosing.Train));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: trained in {model.TrainSeconds:F1} s, validation {Metric} {validation:F4}"));
        return new Trial(kind, setting.Name, model.TrainSeconds, validation) { Scorer = model.Scorer };
    }

    private double Ndcg(MLContext ml, IItemScorer scorer, IDataView heldOut, IDataView seen, CancellationToken cancellationToken) =>
        ml.Ranking.EvaluateTopN(scorer, heldOut, seen, new TopNEvaluationOptions { Cutoffs = [options.Cutoff], CancellationToken = cancellationToken })[RankingMetric.Ndcg, options.Cutoff];

    private void Write(List<Trial> trials)
    {
        Table table = new() { Border = console.Profile.Out.IsTerminal ? TableBorder.Rounded : TableBorder.Markdown };
        table.AddColumns("budget s", "model", "setting", "train s", $"validation {Metric}", $"test {Metric}");
        foreach (int seconds in _seconds)
        {
            foreach (IGrouping<string, Trial> kind in trials.Where(trial => trial.Seconds <= seconds).GroupBy(trial => trial.Kind))
            {
                Trial best = kind.MaxBy(trial => trial.Validation)!;
                table.AddRow(
                    seconds.ToString(CultureInfo.InvariantCulture), best.Kind, best.Setting, best.Seconds.ToString("F1", CultureInfo.InvariantCulture), Text(best.Validation), Text(best.Test!.Value));
            }
        }
        console.Write(table);

        static string Text(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
    }

    private ModelResult ToResult(Trial trial)
    {
        OrderedDictionary<string, double> metrics = new() { [$"validation {Metric}"] = trial.Validation };
        if (trial.Test is { } test)
            metrics.Add(Metric, test);
        return new ModelResult(trial.Kind, metrics, trial.Seconds, 0, PeakMemory.Bytes()) { Setting = trial.Setting.Length == 0 ? null : trial.Setting };
    }

    private sealed class Trial(string kind, string setting, double seconds, double validation)
    {
        public string Kind => kind;

        public string Setting => setting;

        public double Seconds => seconds;

        public double Validation => validation;

        /// <summary>The model, as long as it may be chosen.</summary>
        public IItemScorer? Scorer { get; set; }

        /// <summary>The test metric; null where no budget chose the setting.</summary>
        public double? Test { get; set; }
    }
}
