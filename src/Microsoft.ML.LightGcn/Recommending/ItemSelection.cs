using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>
/// Chooses items for users by index, within options that have been checked: by the model where it knows the user, else by the new user's
/// list, else by popularity. Immutable and thread-safe; a call allocates nothing once the shared pools are warm, where models have vectors.
/// </summary>
internal sealed class ItemSelection
{
    private readonly IRankingModel _model;
    private readonly InnerProductSearch? _search;
    private readonly int[]? _popular;

    public ItemSelection(IRankingModel model)
    {
        _model = model;
        if (model.Factors is { } factors)
            _search = new InnerProductSearch(factors.Items, factors.Dimension);
        if (model.History is { } history)
            _popular = PopularityOrder.Chosen(history);
    }

    /// <summary>Whether the model has something to say of a user.</summary>
    public bool IsKnown(int user) => user >= 0 && _model.IsKnown(user);

    /// <summary>Selects for one user.</summary>
    /// <param name="user">User index; negative for a user whom the model does not know.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="items">Receives item indices, best first; its length is the number wanted.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>The number selected, and by what.</returns>
    public (int Count, RecommendationSource Source) Select(int user, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        if (!IsKnown(user))
            return SelectForItems(options.NewUserItems, options, items, scores);
        ExcludedRows excluded = Excluded(user, options);
        if (_search is not null)
        {
            using PooledVector vector = new(_search.Stride);
            _model.Factors!.User(user).CopyTo(vector.Span);
            using PooledVector added = Room();
            _model.Neighbourhood?.Sum(user, added.Span[.._model.ItemCount]);
            return (SelectByVector(vector.Span, false, added.Span, excluded, options, items, scores), RecommendationSource.KnownUser);
        }
        using PooledVector all = new(_model.ItemCount);
        _model.ScoreItems(new ReadOnlySpan<int>(in user), all.Span);
        return (SelectByScores(all.Span, excluded, options, items, scores), RecommendationSource.KnownUser);
    }

    /// <summary>
    /// Selects for a user of whom no more than a list of items is known, if that; see
    /// <see cref="Select(int, RecommendationOptions, Span{int}, Span{float})"/>.
    /// </summary>
    public (int Count, RecommendationSource Source) SelectForItems(ItemSet? chosen, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        ReadOnlySpan<int> seen = chosen is null ? default : chosen.Items;
        ExcludedRows excluded = new(options.ExcludeSeen ? seen : default, Denied(options));
        if (!seen.IsEmpty)
        {
            FoldIn foldIn = Capability.RequireFoldIn(_model);
            if (foldIn is EmbeddingFoldIn embedding)
            {
                using PooledVector vector = new(embedding.Stride);
                if (embedding.Embed(seen, vector.Span) > 0)
                {
                    using PooledVector added = Room();
                    _model.Neighbourhood?.Weights.Sum(seen, added.Span[.._model.ItemCount]);
                    return (SelectByVector(vector.Span, false, added.Span, excluded, options, items, scores), RecommendationSource.FoldIn);
                }
            }
            else
            {
                using PooledVector all = new(_model.ItemCount);
                if (foldIn.Score(seen, all.Span) > 0)
                    return (SelectByScores(all.Span, excluded, options, items, scores), RecommendationSource.FoldIn);
            }
        }
        return (SelectPopular(excluded, options, items, scores), RecommendationSource.Popularity);
    }

    /// <summary>Whether <see cref="SelectScored"/> can select for the user.</summary>
    public bool IsScoredInBlocks(int user, RecommendationOptions options) => options.AllowList is null && IsKnown(user);

    /// <summary>The items that are not recommended to a user whom the model knows.</summary>
    public ExcludedRows Excluded(int user, RecommendationOptions options) => new(options.ExcludeSeen ? Seen(user) : default, Denied(options));

    /// <summary>
    /// Selects from the scores of all items; for a known user the same as <see cref="Select(int, RecommendationOptions, Span{int}, Span{float})"/>.
    /// </summary>
    /// <param name="user">Index of a user of <see cref="IsScoredInBlocks"/>.</param>
    /// <param name="allScores">The user's score of every item; overwritten where an item is left out.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="items">Receives item indices, best first.</param>
    /// <param name="scores">Receives their scores.</param>
    public int SelectScored(int user, Span<float> allScores, RecommendationOptions options, Span<int> items, Span<float> scores) =>
        SelectByScores(allScores, Excluded(user, options), options, items, scores);

    /// <summary>Selects the items that are most like an item: by cosine, or by what a user is recommended who chose that item alone.</summary>
    /// <param name="item">The item, which is not selected.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="items">Receives item indices, best first.</param>
    /// <param name="scores">Receives their cosines or scores.</param>
    /// <exception cref="NotSupportedException">The model can do neither.</exception>
    public int SelectSimilar(int item, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        ExcludedRows excluded = new(new ReadOnlySpan<int>(in item), Denied(options));
        // Two models in one compare items by what they say together, where they know a user of one item.
        if (_search is not null && (_model.Neighbourhood is null || _model.FoldIn is null))
        {
            using PooledVector vector = new(_search.Stride);
            _search.WriteUnit(item, vector.Span);
            return SelectByVector(vector.Span, true, default, excluded, options, items, scores);
        }
        FoldIn foldIn = _model.FoldIn ?? throw Capability.NoSimilarItems(_model);
        using PooledVector all = new(_model.ItemCount);
        if (foldIn.Score(new ReadOnlySpan<int>(in item), all.Span) == 0)
            return 0;
        // What the item says nothing of, or speaks against, is not like it.
        return AtLeast(float.Epsilon, scores, SelectByScores(all.Span, excluded, options, items, scores));
    }

    /// <summary>Room for what the neighbourhood adds to the score of each item; none where there is none.</summary>
    private PooledVector Room() => new(_model.Neighbourhood is null ? 0 : _search!.PaddedRowCount);

    /// <summary>The items that a user chose in training.</summary>
    private ReadOnlySpan<int> Seen(int user) =>
        Capability.RequireHistory(_model, $"leave out what users have seen; set {nameof(RecommendationOptions.ExcludeSeen)} to false").ItemsOf(user);

    private static ReadOnlySpan<int> Denied(RecommendationOptions options) => options.DenyList is { } denied ? denied.Items : default;

    private int SelectByVector(
        ReadOnlySpan<float> vector,
        bool byCosine,
        ReadOnlySpan<float> added,
        ExcludedRows excluded,
        RecommendationOptions options,
        Span<int> items,
        Span<float> scores)
    {
        if (options.AllowList is not { } allowed)
            return AtLeast(options.MinimumScore, scores, _search!.Select(vector, byCosine, excluded, items, scores, added));
        BestRows best = new(items, scores);
        foreach (int item in allowed.Items)
        {
            if (!excluded.Contains(item) && _search!.Score(vector, byCosine, item, added) is var score && score > best.Threshold)
                best.Add(item, score);
        }
        return AtLeast(options.MinimumScore, scores, best.Finish());
    }

    private static int SelectByScores(Span<float> allScores, ExcludedRows excluded, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        excluded.Mask(allScores);
        if (options.AllowList is not { } allowed)
            return AtLeast(options.MinimumScore, scores, TopNSelection.Select(allScores, items, scores));
        BestRows best = new(items, scores);
        foreach (int item in allowed.Items)
        {
            if (allScores[item] > best.Threshold)
                best.Add(item, allScores[item]);
        }
        return AtLeast(options.MinimumScore, scores, best.Finish());
    }

    /// <summary>Selects by popularity, which is no score of the model, unless the model is popularity itself: no such item reaches a minimum.</summary>
    private int SelectPopular(ExcludedRows excluded, RecommendationOptions options, Span<int> items, Span<float> scores)
    {
        BipartiteGraph history = Capability.RequireHistory(_model, "recommend popular items to users whom it does not know");
        bool haveScores = _model is PopularityModelParameters;
        if (!haveScores && options.MinimumScore > float.NegativeInfinity)
            return 0;
        int count = 0;
        foreach (int item in _popular!)
        {
            if (count == items.Length)
                break;
            if (excluded.Contains(item) || (options.AllowList is { } allowed && allowed.Items.BinarySearch(item) < 0))
                continue;
            items[count] = item;
            scores[count++] = haveScores ? history.UsersOf(item).Length : float.NaN;
        }
        return haveScores ? AtLeast(options.MinimumScore, scores, count) : count;
    }

    /// <summary>How many of a list's scores, best first, are no less than a minimum.</summary>
    public static int AtLeast(float minimum, ReadOnlySpan<float> scores, int count)
    {
        while (count > 0 && scores[count - 1] < minimum)
            count--;
        return count;
    }
}
