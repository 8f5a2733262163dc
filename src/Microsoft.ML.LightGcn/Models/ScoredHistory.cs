using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>Any scorer as a model to recommend with: its scores, and a history and ids that are given with it.</summary>
internal sealed class ScoredHistory(IItemScorer scorer, BipartiteGraph history, Vocabulary users, Vocabulary items) : IRankingModel
{
    public string Name => $"{(scorer as IRankingModel)?.Name ?? scorer.GetType().Name} with a history given beside it";

    public int UserCount => scorer.UserCount;

    public int ItemCount => scorer.ItemCount;

    public Vocabulary Users => users;

    public Vocabulary Items => items;

    public BipartiteGraph History => history;

    public Factors? Factors { get; } = (scorer as FactorModel)?.Factors ?? (scorer as IRankingModel)?.Factors;

    /// <summary>The scorer's own: it goes by the history that the scorer was trained on, not by the one given beside it.</summary>
    public Neighbourhood? Neighbourhood { get; } = (scorer as IRankingModel)?.Neighbourhood;

    public FoldIn? FoldIn => null;

    public IExplainer? Explainer => null;

    /// <summary>What has vectors of finite numbers other than zero; a scorer without vectors is taken to know everything.</summary>
    public KnownNodes Known { get; } = (scorer as FactorModel)?.Known ?? (scorer as IRankingModel)?.Known ?? KnownNodes.All;

    /// <summary>Whether there is a vector or, for a scorer without vectors, a history.</summary>
    public bool IsKnown(int user) => Factors is null ? !history.ItemsOf(user).IsEmpty : Known.HasUser(user);

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        scorer.ScoreItems(users, scores);
        Known.Mark(users, scores, ItemCount);
    }

    public float Score(int user, int item)
    {
        ScorerCheck.Pair(user, UserCount, item, ItemCount);
        if (Factors is { } factors)
            return Known.Score(user, item, PairScore.Compute(factors.User(user), factors.Item(item)) + (Neighbourhood?.Score(user, item) ?? 0));
        float[] scores = new float[ItemCount];
        ScoreItems([user], scores);
        return scores[item];
    }
}
