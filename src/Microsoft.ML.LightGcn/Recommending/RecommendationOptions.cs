using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>What a <see cref="Recommender"/> may recommend, and how many.</summary>
public sealed class RecommendationOptions
{
    /// <summary>Number of items to recommend, at least 1; more than there are means all.</summary>
    public int Count { get; set; } = 10;

    /// <summary>
    /// Whether to leave out what the user chose in training or, for a new user, the items that the call gives as chosen. True by default.
    /// </summary>
    public bool ExcludeSeen { get; set; } = true;

    /// <summary>Items that are never recommended; null denies none. From <see cref="Recommender.GetItems{TId}(IEnumerable{TId})"/>.</summary>
    public ItemSet? DenyList { get; set; }

    /// <summary>The only items that may be recommended; null allows all. An item that is in <see cref="DenyList"/> too is denied.</summary>
    public ItemSet? AllowList { get; set; }

    /// <summary>
    /// The minimum score of a recommended item: any number, negative infinity by default. Lists by popularity have no scores
    /// (<see cref="ScoredItem.Score"/>), so with a minimum they are empty, unless the model is Popularity itself.
    /// </summary>
    public float MinimumScore { get; set; } = float.NegativeInfinity;

    /// <summary>
    /// What users that the model does not know have chosen. The model then recommends by these items instead of by popularity. Null, the default, for
    /// none.
    /// </summary>
    public ItemSet? NewUserItems { get; set; }

    /// <summary>Number of threads for calls that recommend to many users, 1 to 1,024; null is one for each processor.</summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>
    /// The processes that together write the lists of all users to a folder of files (<see cref="TrainingEngine.Processes"/>). Each has the same model,
    /// and writes the files of a share of the users. Null, the default, is this process alone.
    /// </summary>
    public ProcessGroup? Processes { get; set; }

    /// <exception cref="ArgumentException">An option is out of range, or a set is of another model.</exception>
    internal RecommendationOptions Validate(Vocabulary items)
    {
        Expect.AtLeast(1, Count);
        if (float.IsNaN(MinimumScore))
            throw Expect.Option(nameof(MinimumScore), "a number", MinimumScore);
        Expect.Threads(NumberOfThreads);
        DenyList?.CheckOwner(items, nameof(DenyList));
        AllowList?.CheckOwner(items, nameof(AllowList));
        NewUserItems?.CheckOwner(items, nameof(NewUserItems));
        return this;
    }

    internal RecommendationOptions Copy() => (RecommendationOptions)MemberwiseClone();
}
