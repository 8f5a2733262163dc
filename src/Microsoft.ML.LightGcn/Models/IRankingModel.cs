using Microsoft.ML.LightGcn.Graphs;
namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// A fitted model as recommending sees it. Every model scores; what one can do beyond that is a capability, which is null where the model
/// lacks it.
/// </summary>
internal interface IRankingModel : IPartialScorer, ITermScorer
{
    /// <summary>What errors call the model: the name of its trainer.</summary>
    string Name { get; }

    /// <summary>The ids of the users.</summary>
    Vocabulary Users { get; }

    /// <summary>The ids of the items.</summary>
    Vocabulary Items { get; }

    /// <summary>Who chose what in training; null where the model does not keep it.</summary>
    BipartiteGraph? History { get; }

    /// <summary>The users and items that it knows something of.</summary>
    KnownNodes Known { get; }

    /// <summary>Vectors whose inner product is the score, or the part of it that <see cref="Neighbourhood"/> adds to; they make users comparable.</summary>
    Factors? Factors { get; }

    ScoreTerms? ITermScorer.Terms => null;

    /// <summary>What is added to the inner product of <see cref="Factors"/>; null where that is the score.</summary>
    Neighbourhood? Neighbourhood => null;

    /// <summary>Knows new users by what they chose.</summary>
    FoldIn? FoldIn { get; }

    /// <summary>Says what a score is made of.</summary>
    IExplainer? Explainer { get; }

    /// <summary>The score of a pair: what a row of data asks of a model. NaN where the model does not know the user or the item.</summary>
    float Score(int user, int item);

    /// <summary>The relation and the name of an attribute; only models that have attributes among their reasons are asked.</summary>
    (string Relation, string Name) AttributeName(int node) => throw new NotSupportedException($"The model {Name} has no attributes.");

    /// <summary>Whether the model says anything of a user that it does not say of every other.</summary>
    /// <param name="user">User index.</param>
    bool IsKnown(int user);
}

/// <summary>Vectors of users and items, for inner products.</summary>
/// <param name="UserRows">Users x dimension.</param>
/// <param name="Items">Items x dimension, row-major.</param>
/// <param name="Dimension">Components of a vector.</param>
internal sealed record Factors(RowTable UserRows, ReadOnlyMemory<float> Items, int Dimension)
{
    /// <summary>Whether any component is infinite, as after training that diverged: such scores have no order.</summary>
    public bool HasInfinity
    {
        get
        {
            foreach (Memory<float> piece in UserRows.Pieces)
            {
                if (IsInfinite(piece.Span))
                    return true;
            }
            return IsInfinite(Items.Span);
        }
    }

    /// <summary>The vectors of all users in one piece, row-major.</summary>
    /// <exception cref="NotSupportedException">There are more numbers than a span has.</exception>
    public ReadOnlyMemory<float> Users => UserRows.Whole;

    /// <summary>The vector of a user.</summary>
    public ReadOnlySpan<float> User(int user) => UserRows[user];

    /// <summary>The vector of an item.</summary>
    public ReadOnlySpan<float> Item(int item) => Items.Span.Slice(item * Dimension, Dimension);

    private static bool IsInfinite(ReadOnlySpan<float> values) => values.ContainsAny(float.PositiveInfinity, float.NegativeInfinity);
}

/// <summary>Knows new users by what they chose: what the trained model gives to a user of that history.</summary>
internal abstract class FoldIn
{
    /// <summary>Whether an item says something of who chose it.</summary>
    public abstract bool IsUseful(int item);

    /// <summary>Writes the score of every item for a user of whom no more than a list of items is known.</summary>
    /// <param name="items">Item indices, ascending; those that are not useful do not count.</param>
    /// <param name="scores">Receives a score for each item.</param>
    /// <returns>The number of items that counted; with none the scores are zero.</returns>
    public abstract int Score(ReadOnlySpan<int> items, Span<float> scores);

    /// <summary>The useful ones of a list of items.</summary>
    protected int[] Useful(ReadOnlySpan<int> items)
    {
        List<int> useful = new(items.Length);
        foreach (int item in items)
        {
            if (IsUseful(item))
                useful.Add(item);
        }
        return [.. useful];
    }
}

/// <summary>Says what a score is made of.</summary>
internal interface IExplainer
{
    /// <summary>The parts of a known user's score of an item.</summary>
    ScoreParts Explain(int user, int item);

    /// <summary>The parts of a new user's score of an item; only for models that know new users.</summary>
    /// <param name="chosen">What the user chose, ascending.</param>
    /// <param name="item">The item.</param>
    ScoreParts Explain(ReadOnlySpan<int> chosen, int item);
}

/// <summary>A score and the parts that add up to it.</summary>
/// <param name="Score">The score.</param>
/// <param name="Own">What comes from the user, not from any item or attribute.</param>
/// <param name="History">What each item of the history adds, in the order of items.</param>
internal sealed record ScoreParts(float Score, float Own, IReadOnlyList<ScorePart> History)
{
    /// <summary>What each attribute of the user adds; parts beside those of the history.</summary>
    public IReadOnlyList<ScorePart> UserAttributes { get; init; } = [];

    /// <summary>What each attribute of the item adds: the same score seen from the item.</summary>
    public IReadOnlyList<ScorePart> ItemAttributes { get; init; } = [];
}

/// <summary>What an item or an attribute adds to a score.</summary>
/// <param name="Index">The item, or the node of the attribute.</param>
/// <param name="Contribution">The part of the score.</param>
internal readonly record struct ScorePart(int Index, float Contribution);
