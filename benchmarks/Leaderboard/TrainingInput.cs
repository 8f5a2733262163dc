using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>What models are trained on, and what their settings are chosen by.</summary>
/// <param name="ml">The context.</param>
/// <param name="split">Training, validation and test interactions.</param>
/// <param name="hasValidation">Whether the data have a validation part. Where not, a tenth of every user's training interactions is held out to choose by.</param>
/// <param name="cutoff">Settings are chosen by NDCG at this cutoff.</param>
/// <param name="seed">Seed of training, and of what is held out.</param>
/// <param name="log">Receives a line for each setting that is tried.</param>
/// <param name="cancellationToken">Stops training.</param>
internal sealed class TrainingInput(MLContext ml, InteractionSplit split, bool hasValidation, int cutoff, int seed, Action<string> log, CancellationToken cancellationToken)
{
    private readonly Lazy<InteractionSplit> _choosing = new(() => hasValidation ? split : LeaderboardData.HoldOutTenth(ml, split, seed));

    public MLContext Ml => ml;

    /// <summary>All training interactions.</summary>
    public IDataView Train => split.Train;

    /// <summary>The validation interactions of the data; null where they have none.</summary>
    public IDataView? Validation => hasValidation ? split.Validation : null;

    /// <summary>Training and validation interactions to choose settings by; no test interaction is among them.</summary>
    public InteractionSplit Choosing => _choosing.Value;

    public int Cutoff => cutoff;

    public int Seed => seed;

    public Action<string> Log => log;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>NDCG on the validation interactions of <see cref="Choosing"/>.</summary>
    public double Validate(IItemScorer model) => ml.Ranking.EvaluateTopN(
        model, Choosing.Validation, Choosing.Train, new TopNEvaluationOptions { Cutoffs = [cutoff], CancellationToken = cancellationToken })[RankingMetric.Ndcg, cutoff];
}

/// <summary>A trained model.</summary>
/// <param name="Scorer">The model.</param>
/// <param name="TrainSeconds">The time that it took to train with its setting.</param>
/// <param name="Setting">The setting, where it says more than the model's name.</param>
/// <param name="ChoosingSeconds">The time that it took to choose the setting.</param>
internal sealed record TrainedModel(IItemScorer Scorer, double TrainSeconds, string? Setting = null, double ChoosingSeconds = 0)
{
    /// <summary>Trains a model and takes the time.</summary>
    public static TrainedModel Of(Func<IItemScorer> fit, string? setting = null, double choosingSeconds = 0)
    {
        Stopwatch clock = Stopwatch.StartNew();
        IItemScorer scorer = fit();
        return new TrainedModel(scorer, clock.Elapsed.TotalSeconds, setting, choosingSeconds);
    }
}
