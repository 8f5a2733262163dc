namespace Microsoft.ML.LightGcn;

/// <summary>
/// Scores every item for a block of users. This is all that the evaluator and the recommender need of a model: implement it to measure a model of your
/// own, or to recommend with it.
/// </summary>
/// <remarks>Implementations must be thread-safe: they are called from several threads at once.</remarks>
public interface IItemScorer
{
    /// <summary>Number of users; user indices are 0 to UserCount-1.</summary>
    int UserCount { get; }

    /// <summary>Number of items; item indices are 0 to ItemCount-1.</summary>
    int ItemCount { get; }

    /// <summary>
    /// Writes the score of every item for each of the given users; higher is better. The models of this library write NaN for users and items
    /// that they know nothing of; a NaN of any other scorer is an error to the evaluator unless
    /// <see cref="TopNEvaluationOptions.MissingScoresRankLast"/> says otherwise.
    /// </summary>
    /// <param name="users">User indices, each 0 to <see cref="UserCount"/>-1.</param>
    /// <param name="scores">Destination, row-major, users.Length x <see cref="ItemCount"/>.</param>
    void ScoreItems(ReadOnlySpan<int> users, Span<float> scores);
}
