using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>What a <see cref="Recommender"/> may recommend, and how many.</summary>
public sealed class RecommendationOptions
{
    /// <summary>Number of items to recommend, at least 1; more than there are means all.</summary>
    public int Count { get; set; } = 10;

    /// <summary>Whether to leave out what the user chose in training or, for a new user, the items of the list.</summary>
    public bool ExcludeSeen { get; set; } = true;

    /// <summary>Items that are never recommended; null denies none. From <see cref="Recommender.GetItems{TId}(IEnumerable{TId})"/>.</summary>
    public ItemSet? DenyList { get; set; }

    /// <summary>The only items that may be recommended; null allows all. <see cref="DenyList"/> goes before it.</summary>
    public ItemSet? AllowList { get; set; }

    /// <summary>
    /// The minimum score that is recommended, any number. Lists by popularity have no scores (<see cref="ScoredItem.Score"/>), so that with a minimum
    /// they are empty.
    /// </summary>
    public float MinimumScore { get; set; } = float.NegativeInfinity;

    /// <summary>What a user whom the model does not know has chosen: folded in, in place of popularity. Null for nothing.</summary>
    public ItemSet? NewUserItems { get; set; }

    /// <summary>Number of threads that recommend to many users, 1 to 1,024; null is one for each processor.</summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>
    /// The processes that write the lists of all users together, each with the same model: each writes the files of a share of the users
    /// (<see cref="TrainingEngine.Processes"/>), where lists are written as a folder of files. Null, the default, is this process alone.
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
