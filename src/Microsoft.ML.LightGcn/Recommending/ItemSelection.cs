using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>
/// Chooses items for users by index, within options that have been checked: the embedding where there is one, else the new
/// user's list, else popularity. Immutable and thread-safe; a call allocates nothing once the shared pools are warm.
/// </summary>
internal sealed class ItemSelection
{
    private readonly LightGcnModelParameters _model;
    private readonly FoldIn? _foldIn;
    private readonly int[]? _popular;

    public ItemSelection(LightGcnModelParameters model)
    {
        _model = model;
        Search = new InnerProductSearch(model.Embeddings.Items, model.EmbeddingDimension);
        if (model.History is { } history)
        {
            _foldIn = FoldIn.Create(model, model.Graph!);
            _popular = [.. Enumerable.Range(0, history.ItemCount).Where(item => !history.UsersOf(item).IsEmpty).OrderByDescending(item => history.UsersOf(item).Length)];
        }
    }

    /// <summary>Finds items by their embeddings.</summary>
    public InnerProductSearch Search { get; }

    /// <summary>Null where the model has no layers.</summary>
    /// <exception cref="InvalidOperationException">The model keeps no history.</exception>
    public FoldIn? FoldIn => _model.History is null ? throw NoHistory("know new users by what they chose") : _foldIn;

    /// <summary>Whether training gave the user an embedding: one of all zeros scores every item the same.</summary>
    public bool IsKnown(int user) => user >= 0 && UserEmbedding(user).IndexOfAnyExcept(0f) >= 0;

    /// <summary>The items that a user chose in training.</summary>
    /// <exception cref="InvalidOperationException">The model keeps no history.</exception>
    public ReadOnlySpan<int> Seen(int user) =>
        _model.History is { } history ? history.ItemsOf(user) : throw NoHistory("leave out what users have seen; set ExcludeSeen to false");

    public ReadOnlySpan<float> ItemEmbedding(int item) => _model.ItemEmbeddings.Slice(item * _model.EmbeddingDimension, _model.EmbeddingDimension);

    /// <summary>Selects for one user.</summary>
    /// <param name="user">User index; -1 for a user whom the model does not know.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="items">Receives item indices, best first; its length is the number wanted.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>The number selected, and by what.</returns>
    public (int Count, RecommendationSource Source) Select(int user, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        if (!IsKnown(user))
            return SelectForItems(options.NewUserItems, options, items, scores);
        using PooledVector vector = new(Search.Stride);
        UserEmbedding(user).CopyTo(vector.Span);
        return (Select(vector.Span, false, new ExcludedRows(options.ExcludeSeen ? Seen(user) : default, Denied(options)), options, items, scores), RecommendationSource.KnownUser);
    }

    /// <summary>Selects for a user of whom no more than a list of items is known, if that; see <see cref="Select(int, RecommendationOptions, Span{int}, Span{float})"/>.</summary>
    public (int Count, RecommendationSource Source) SelectForItems(ItemSet? chosen, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        ReadOnlySpan<int> seen = chosen is null ? default : chosen.Items;
        ExcludedRows excluded = new(options.ExcludeSeen ? seen : default, Denied(options));
        if (!seen.IsEmpty && FoldIn is { } foldIn)
        {
            using PooledVector vector = new(Search.Stride);
            if (foldIn.Embed(seen, vector.Span) > 0)
                return (Select(vector.Span, false, excluded, options, items, scores), RecommendationSource.FoldIn);
        }
        return (SelectPopular(excluded, options, items, scores), RecommendationSource.Popularity);
    }

    /// <summary>Whether <see cref="SelectScored"/> can select for the user.</summary>
    public bool IsScoredInBlocks(int user, RecommendationOptions options) => options.AllowList is null && IsKnown(user);

    /// <summary>Selects from the scores of all items; for a known user the same as <see cref="Select(int, RecommendationOptions, Span{int}, Span{float})"/>.</summary>
    /// <param name="user">Index of a user of <see cref="IsScoredInBlocks"/>.</param>
    /// <param name="allScores">The user's score of every item; overwritten where an item is left out.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="items">Receives item indices, best first.</param>
    /// <param name="scores">Receives their scores.</param>
    public int SelectScored(int user, Span<float> allScores, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        new ExcludedRows(options.ExcludeSeen ? Seen(user) : default, Denied(options)).Mask(allScores);
        return AtLeast(options.MinimumScore, scores, TopNSelection.Select(allScores, items, scores));
    }

    /// <summary>Selects the items whose embeddings have the greatest cosine with an item's.</summary>
    /// <param name="item">The item, which is not selected.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="items">Receives item indices, best first.</param>
    /// <param name="scores">Receives their cosines.</param>
    public int SelectSimilar(int item, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        using PooledVector vector = new(Search.Stride);
        Search.WriteUnit(item, vector.Span);
        return Select(vector.Span, true, new ExcludedRows(new ReadOnlySpan<int>(in item), Denied(options)), options, items, scores);
    }

    private ReadOnlySpan<float> UserEmbedding(int user) => _model.UserEmbeddings.Slice(user * _model.EmbeddingDimension, _model.EmbeddingDimension);

    private static ReadOnlySpan<int> Denied(RecommendationOptions options) => options.DenyList is { } denied ? denied.Items : default;

    private int Select(ReadOnlySpan<float> vector, bool byCosine, ExcludedRows excluded, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        int count = options.AllowList is { } allowed ? SelectFrom(allowed.Items, vector, byCosine, excluded, items, scores) : Search.Select(vector, byCosine, excluded, items, scores);
        return AtLeast(options.MinimumScore, scores, count);
    }

    private int SelectFrom(ReadOnlySpan<int> allowed, ReadOnlySpan<float> vector, bool byCosine, ExcludedRows excluded, Span<int> items, Span<float> scores)
    {
        int count = 0;
        float threshold = float.NegativeInfinity;
        foreach (int item in allowed)
        {
            if (excluded.Contains(item))
                continue;
            float score = Search.Score(vector, byCosine, item);
            if (score > threshold)
                threshold = TopNSelection.Insert(score, item, items, scores, ref count);
        }
        return count;
    }

    private int SelectPopular(ExcludedRows excluded, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        if (_popular is null)
            throw NoHistory("recommend popular items to users whom it does not know");
        int count = 0;
        foreach (int item in _popular)
        {
            if (count == items.Length)
                break;
            if (excluded.Contains(item) || (options.AllowList is { } allowed && allowed.Items.BinarySearch(item) < 0))
                continue;
            items[count] = item;
            scores[count++] = _model.History!.UsersOf(item).Length;
        }
        return count;
    }

    private static int AtLeast(float minimum, ReadOnlySpan<float> scores, int count)
    {
        while (count > 0 && scores[count - 1] < minimum)
            count--;
        return count;
    }

    private static InvalidOperationException NoHistory(string purpose) =>
        new($"The model keeps no history ({nameof(LightGcnTrainer)}.{nameof(LightGcnTrainer.Options)}.{nameof(LightGcnTrainer.Options.KeepHistory)} was false, or its file is older than histories): it can't {purpose}.");
}
