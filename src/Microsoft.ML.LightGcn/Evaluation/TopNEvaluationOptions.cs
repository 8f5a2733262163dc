using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>Settings of a full-ranking evaluation.</summary>
public sealed class TopNEvaluationOptions
{
    /// <summary>Name of the user column, a key column of known cardinality.</summary>
    public string UserColumnName { get; set; } = "User";

    /// <summary>Name of the item column, a key column of known cardinality.</summary>
    public string ItemColumnName { get; set; } = "Item";

    /// <summary>Name of the score column of a model that is scored pair by pair.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// Name of a column of the held-out data with the gain of each interaction in NDCG: a finite number, 0 or positive, for example a rating. Rows of
    /// gain 0 are not relevant and are left out; of duplicates, the greatest gain counts. Null, the default, gives every interaction the gain 1. The
    /// other metrics count every item of a gain above 0 as relevant.
    /// </summary>
    public string? GainColumnName { get; set; }

    /// <summary>The cutoffs K, one or more, each at least 1; more than there are items means all.</summary>
    public IReadOnlyList<int> Cutoffs { get; set; } = [10, 20, 50];

    /// <summary>
    /// Which items are ranked. With <see cref="CandidateItems.New"/>, held-out interactions of other items are left out, and users
    /// without any left are not evaluated; seen data are needed.
    /// </summary>
    public CandidateItems Candidates { get; set; }

    /// <summary>
    /// The minimum number of distinct items in the seen data that an evaluated user has, 0 or more; null for no minimum. Seen data are needed.
    /// </summary>
    public int? MinimumHistory { get; set; }

    /// <summary>
    /// The maximum number of distinct items in the seen data that an evaluated user has, at least <see cref="MinimumHistory"/>; null for no maximum. Seen
    /// data are needed.
    /// </summary>
    public int? MaximumHistory { get; set; }

    /// <summary>
    /// Number of users to evaluate, at least 1: a random sample of those that the other options leave. More than there are means all, as does null. Ranks
    /// are still among all items; the confidence intervals of the metrics show how much the sample leaves open.
    /// </summary>
    public int? UserCount { get; set; }

    /// <summary>Seed of the sample of users: the same seed and held-out data give every model the same users.</summary>
    public int Seed { get; set; }

    /// <summary>
    /// Whether to measure the lists themselves too: coverage, novelty, popularity and concentration of what is recommended
    /// (<see cref="TopNMetrics.Catalogue"/>). It costs a selection of the best items for each user. False by default.
    /// </summary>
    public bool WithCatalogueMetrics { get; set; }

    /// <summary>
    /// Whether a NaN of a scorer of your own means that it knows nothing of the pair, which then ranks last and is never a hit. False, the default,
    /// makes such a NaN an error. For the models of this library, for <see cref="FactorModel"/> and for any transformer, ML.NET's matrix factorization
    /// among them, NaN always means that, whatever is set here. <see cref="TopNMetrics.UnscoredHeldOutCount"/> counts the held-out interactions without a
    /// score.
    /// </summary>
    public bool MissingScoresRankLast { get; set; }

    /// <summary>Number of threads, 1 to 1,024; null is one for each processor. Results do not depend on it.</summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>
    /// The processes that evaluate together (<see cref="TrainingEngine.Processes"/>), each with the same model and data. Each ranks the items for a share
    /// of the users, and all get the whole result. Null, the default, is this process alone.
    /// </summary>
    public ProcessGroup? Processes { get; set; }

    /// <summary>Stops the evaluation with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <exception cref="ArgumentException">An option is out of range, or needs seen data where there are none.</exception>
    internal void Validate(bool withSeen)
    {
        Expect.UserAndItemColumn(UserColumnName, ItemColumnName);
        Expect.ColumnName(ScoreColumnName);
        if (Cutoffs is not { Count: > 0 })
            throw Expect.Option(nameof(Cutoffs), "one or more cutoffs", "none");
        foreach (int cutoff in Cutoffs)
        {
            if (cutoff < 1)
                throw Expect.Option(nameof(Cutoffs), "cutoffs of at least 1", cutoff);
        }
        if (GainColumnName is not null)
            Expect.ColumnName(GainColumnName);
        Expect.AtLeast(1, UserCount);
        Expect.Threads(NumberOfThreads);
        Expect.Defined(Candidates);
        Expect.AtLeast(0, MinimumHistory);
        Expect.AtLeast(MinimumHistory ?? 0, MaximumHistory);
        string? needsSeen = Candidates == CandidateItems.New ? nameof(Candidates)
            : MinimumHistory is not null ? nameof(MinimumHistory)
            : MaximumHistory is not null ? nameof(MaximumHistory)
            : null;
        if (!withSeen && needsSeen is not null)
            throw Expect.Option(needsSeen, "seen data, which it goes by", "none");
    }
}

/// <summary>Which items an evaluation ranks.</summary>
public enum CandidateItems
{
    /// <summary>All items; each user's seen items are left out.</summary>
    All,

    /// <summary>Only items without interactions in the seen data: this measures how well new items are recommended.</summary>
    New,
}
