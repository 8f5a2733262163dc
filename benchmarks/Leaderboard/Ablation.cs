using System.Diagnostics;
using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard;

/// <summary>What each default of LightGCN is worth: one is changed at a time, and all are compared on validation interactions over the same seeds.</summary>
internal sealed class Ablation(IAnsiConsole console, int[] seeds, int? epochs, double trainShare)
{
    private const int SplitSeed = 7;

    // Null is the part from item to item without any training.
    private static readonly OrderedDictionary<string, Action<LightGcnTrainer.Options>?> Variants = new()
    {
        ["defaults"] = _ => { },
        ["factors-alone"] = o => o.Neighbourhood = null,
        ["neighbourhood-alone"] = null,
        ["neighbourhood-of-0.25"] = o => o.Neighbourhood = new ItemNeighbourhood { Weight = 0.25f },
        ["neighbourhood-of-1"] = o => o.Neighbourhood = new ItemNeighbourhood { Weight = 1 },
        ["amplification-1"] = o => o.Neighbourhood = new ItemNeighbourhood { Amplification = 1 },
        ["amplification-1.6"] = o => o.Neighbourhood = new ItemNeighbourhood { Amplification = 1.6f },
        ["20-neighbours"] = o => o.Neighbourhood = new ItemNeighbourhood { NeighbourCount = 20 },
        ["100-neighbours"] = o => o.Neighbourhood = new ItemNeighbourhood { NeighbourCount = 100 },
        ["random-start"] = o => o.Initialization = EmbeddingInitialization.Normal(),
        ["8-iterations"] = o => o.Initialization = EmbeddingInitialization.Spectral(8),
        ["popularity-uncorrected"] = o => o.Objective = new SampledSoftmaxObjective { FrequencyCorrection = 0 },
        ["popularity-half-corrected"] = o => o.Objective = new SampledSoftmaxObjective { FrequencyCorrection = 0.5f },
        ["popularity-corrected"] = o => o.Objective = new SampledSoftmaxObjective { FrequencyCorrection = 1 },
        ["no-lengths"] = o => o.Objective = new SampledSoftmaxObjective { LengthExponent = 0 },
        ["root-lengths"] = o => o.Objective = new SampledSoftmaxObjective { LengthExponent = 0.5f },
        ["whole-lengths"] = o => o.Objective = new SampledSoftmaxObjective { LengthExponent = 1 },
        ["uncorrected-whole-lengths"] = o => o.Objective = new SampledSoftmaxObjective { FrequencyCorrection = 0, LengthExponent = 1 },
        ["unshrunk"] = o => o.Objective = new SampledSoftmaxObjective { Shrinkage = 0 },
        ["unshrunk-root-lengths"] = o => o.Objective = new SampledSoftmaxObjective { Shrinkage = 0, LengthExponent = 0.5f },
        ["shrinkage-2"] = o => o.Objective = new SampledSoftmaxObjective { Shrinkage = 2 },
        ["shrinkage-20"] = o => o.Objective = new SampledSoftmaxObjective { Shrinkage = 20 },
        ["bpr"] = o => o.Objective = new BprObjective(),
        ["temperature-0.06"] = o => o.Objective = new SampledSoftmaxObjective { Temperature = 0.06f },
        ["temperature-0.1"] = o => o.Objective = new SampledSoftmaxObjective { Temperature = 0.1f },
        ["softmax-of-dense-data"] = o => o.Objective = new SampledSoftmaxObjective { Temperature = 0.08f, FrequencyCorrection = 0.7f },
        ["256-negatives"] = o => o.Objective = new SampledSoftmaxObjective { NegativeCount = 256 },
        ["2048-negatives"] = o => o.Objective = new SampledSoftmaxObjective { NegativeCount = 2048 },
        ["1-layer"] = o => o.LayerCount = 1,
        ["3-layers"] = o => o.LayerCount = 3,
        ["32-dimensions"] = o => o.EmbeddingDimension = 32,
        ["64-dimensions"] = o => o.EmbeddingDimension = 64,
        ["128-dimensions"] = o => o.EmbeddingDimension = 128,
        ["256-dimensions"] = o => o.EmbeddingDimension = 256,
        ["1-epoch"] = o => o.EpochCount = 1,
        ["2-epochs"] = o => o.EpochCount = 2,
        ["8-epochs"] = o => o.EpochCount = 8,
        ["double-learning-rate"] = o => o.LearningRate *= 2,
        ["half-learning-rate"] = o => o.LearningRate /= 2,
        ["constant-learning-rate"] = o => o.LearningRateDecay = LearningRateDecay.None,
        ["batch-of-512"] = o => o.BatchSize = 512,
        ["batch-of-2048"] = o => o.BatchSize = 2048,
        ["float32"] = o => o.PropagationPrecision = PropagationPrecision.Float32,
    };

    public static IEnumerable<string> Names => Variants.Keys;

    public void Run(string folder, string[] names, CancellationToken cancellationToken)
    {
        MLContext ml = new(SplitSeed);
        (InteractionSplit split, ResultsData sizes, _) = UserError.For("--data", () => LeaderboardData.Read(ml, console, folder, SplitSeed));
        if (sizes.Validation == 0)
            split = LeaderboardData.HoldOutTenth(ml, split, SplitSeed);
        split = LeaderboardData.Thin(ml, split, trainShare, SplitSeed);

        Table table = new() { Border = console.Profile.Out.IsTerminal ? TableBorder.Rounded : TableBorder.Markdown };
        table.AddColumns("variant", "recall@20", "of seeds", "ndcg@10", "of seeds", "train s");
        foreach (string name in names)
        {
            List<double> recalls = [], gains = [], seconds = [];
            foreach (int seed in seeds)
            {
                (TopNMetrics metrics, double time) = Measure(ml, split, Variants[name], seed, cancellationToken);
                recalls.Add(metrics[RankingMetric.Recall, 20]);
                gains.Add(metrics[RankingMetric.Ndcg, 10]);
                seconds.Add(time);
            }
            table.AddRow(name, Text(recalls.Average()), Range(recalls), Text(gains.Average()), Range(gains), seconds.Average().ToString("F0", CultureInfo.InvariantCulture));
            console.WriteLine($"{name}: recall@20 {Text(recalls.Average())}, ndcg@10 {Text(gains.Average())}");
        }
        // A file has no width, and Spectre.Console's guess of 80 would break rows.
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 1_000;
        console.Write(table);
    }

    private (TopNMetrics Metrics, double Seconds) Measure(MLContext ml, InteractionSplit split, Action<LightGcnTrainer.Options>? change, int seed, CancellationToken cancellationToken)
    {
        LightGcnTrainer.Options options = new() { Seed = seed, CancellationToken = cancellationToken };
        options.EpochCount = epochs ?? options.EpochCount;
        change?.Invoke(options);
        Stopwatch clock = Stopwatch.StartNew();
        // Without validation in training: every variant is taken as it is after its last epoch.
        ITransformer model = change is null
            ? ml.Ranking.Trainers.Slim(new SlimTrainer.Options { CancellationToken = cancellationToken }).Fit(split.Train)
            : ml.Ranking.Trainers.LightGcn(options).Fit(split.Train);
        double seconds = clock.Elapsed.TotalSeconds;
        return (ml.Ranking.EvaluateTopN(model, split.Validation, split.Train, new TopNEvaluationOptions { Cutoffs = [10, 20], CancellationToken = cancellationToken }), seconds);
    }

    private static string Text(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    private static string Range(List<double> values) => $"{Text(values.Min())} to {Text(values.Max())}";
}
