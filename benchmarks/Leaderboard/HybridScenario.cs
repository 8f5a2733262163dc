using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>Whom to recommend what: one table of the hybrid comparison.</summary>
/// <param name="Name">The name in files.</param>
/// <param name="Title">The title of the table.</param>
/// <param name="HoldsOutItems">Whether whole items are held out, so that training has not met them; else one interaction of each user.</param>
internal sealed record HybridScenario(string Name, string Title, bool HoldsOutItems)
{
    public const int FewInteractions = 10, Cutoff = 10, LongCutoff = 20;

    public static HybridScenario[] All { get; } =
    [
        new("all-users", "All users, one interaction of each held out", HoldsOutItems: false),
        new("few-interactions", $"Users with at most {FewInteractions} training interactions", HoldsOutItems: false) { MaximumHistory = FewInteractions },
        new("new-items", "New items: held out whole, ranked among new items", HoldsOutItems: true) { Candidates = CandidateItems.New },
        new("new-among-all", "New items, ranked among all items", HoldsOutItems: true),
    ];

    private int? MaximumHistory { get; init; }

    private CandidateItems Candidates { get; init; }

    public TopNMetrics Evaluate(MLContext ml, IItemScorer model, IDataView heldOut, IDataView train, CancellationToken cancellationToken) =>
        ml.Ranking.EvaluateTopN(model, heldOut, train, new TopNEvaluationOptions { Cutoffs = [Cutoff, LongCutoff], MaximumHistory = MaximumHistory, Candidates = Candidates, CancellationToken = cancellationToken });
}
