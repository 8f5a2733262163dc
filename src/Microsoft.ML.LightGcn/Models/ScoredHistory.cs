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

    public FoldIn? FoldIn => null;

    public IExplainer? Explainer => null;

    /// <summary>Whether there is a vector of finite numbers other than zero or, for a scorer without vectors, a history.</summary>
    public bool IsKnown(int user)
    {
        if (Factors is not { } factors)
            return !history.ItemsOf(user).IsEmpty;
        float length = System.Numerics.Tensors.TensorPrimitives.SumOfSquares(factors.User(user));
        return length > 0 && float.IsFinite(length);
    }

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores) => scorer.ScoreItems(users, scores);

    public float Score(int user, int item)
    {
        ScorerCheck.Pair(user, UserCount, item, ItemCount);
        if (Factors is { } factors)
            return PairScore.Compute(factors.User(user), factors.Item(item));
        float[] scores = new float[ItemCount];
        scorer.ScoreItems([user], scores);
        return scores[item];
    }
}
