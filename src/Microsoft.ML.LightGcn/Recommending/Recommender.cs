using System.Buffers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Recommending;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Recommends items with a fitted model: to known users, to new users by what they chose, and to many users at once. It also finds similar items and
/// users, and says why an item was recommended.
/// </summary>
/// <remarks>
/// <para>
/// Make one with <see cref="LightGcnModelCatalog.CreateRecommender(ModelOperationsCatalog, ITransformer, RecommendationOptions, string)"/>
/// and share it: it is immutable and thread-safe, meant as a singleton. The same question always has the same answer, bit for
/// bit, on any number of threads; a list for one user is the same as that user's list among many.
/// </para>
/// <para>
/// Ids are of the type of the model's columns: text, a number of any width, a Boolean or a time. Text is always accepted too, in the form that results
/// and files show. An id of a type that the column does not have is an error. Where a column has no key values, its ids are the numbers that were given
/// as keys, counted from 0 as ML.NET does; hashes have no ids: ask for their users and items by key. Every method that takes an id also takes an ML.NET
/// key: <c>new Key(7)</c>.
/// </para>
/// <para>
/// A user that the model does not know, or who had neither training interactions nor attributes, gets recommendations by
/// <see cref="RecommendationOptions.NewUserItems"/> or, without these, the most popular items. <see cref="Recommendations.Source"/> tells which.
/// </para>
/// <para>
/// Every model recommends. What else works depends on the model. A call that a model can't serve throws a <see cref="NotSupportedException"/>, which
/// names the models that can:
/// </para>
/// <list type="table">
/// <listheader><term>Capability</term><description>Models</description></listheader>
/// <item><term>new users by what they chose</term><description>LightGcn (of one layer or more), ItemKnn, Ease, Slim, GraphFilter</description></item>
/// <item><term>similar items</term><description>the same, and BprMatrixFactorization and <see cref="FactorModel"/></description></item>
/// <item><term>similar users</term><description>LightGcn, BprMatrixFactorization, <see cref="FactorModel"/></description></item>
/// <item><term>reasons</term><description>LightGcn, BprMatrixFactorization, ItemKnn, Ease, Slim, GraphFilter</description></item>
/// </list>
/// <para>
/// A new user's scores are exact, not an approximation: the trained model would give the same scores to a user of the same history. For LightGCN, that
/// user has no layer-0 embedding and no attributes, each interaction has mean weight, and the items have the degrees of training (He et al., 2020).
/// Chosen items that nobody chose in training count when relations reach them.
/// </para>
/// <para>
/// Memory beside the model's, for models with embeddings: 1 byte for each component of the items and 12 bytes for each item. LightGCN's fold-in table
/// takes 4 bytes for each component of the items (with relations, of users and attributes too); one propagation makes it when it is first needed.
/// Recommending to many users and finding similar users take further tables on first use. A call for one user allocates its result and nothing else.
/// </para>
/// </remarks>
public sealed class Recommender
{
    private readonly IRankingModel _model;
    private readonly ItemSelection _selection;
    private readonly Vocabulary _users, _items;
    private readonly RecommendationOptions _defaults;
    private readonly Lazy<InnerProductSearch> _userSearch;

    internal Recommender(IRankingModel model, string userColumnName, RecommendationOptions? defaults)
    {
        _model = model;
        UserColumnName = userColumnName;
        (_users, _items) = (model.Users, model.Items);
        // Their sets may only be of this model.
        _defaults = (defaults ?? new RecommendationOptions()).Copy().Validate(_items);
        _selection = new ItemSelection(model);
        _userSearch = new Lazy<InnerProductSearch>(() => new InnerProductSearch(model.Factors!.Users, model.Factors.Dimension));
    }

    /// <summary>Number of users of the model.</summary>
    public int UserCount => _model.UserCount;

    /// <summary>Number of items of the model.</summary>
    public int ItemCount => _model.ItemCount;

    /// <summary>
    /// Whether the model keeps the training interactions (<see cref="LightGcnTrainer.Options.KeepHistory"/>). Without them, the recommender can't leave
    /// out what was seen, recommend to new users, recommend by popularity or give reasons: calls that need them throw
    /// <see cref="InvalidOperationException"/>.
    /// </summary>
    public bool HasHistory => _model.History is not null;

    internal string UserColumnName { get; }

    internal Vocabulary Users => _users;

    internal Vocabulary Items => _items;

    /// <summary>Finds the ML.NET key of a user.</summary>
    /// <param name="id">The user's id.</param>
    /// <param name="key">The key; 0 for a user that the model does not know.</param>
    /// <exception cref="ArgumentException">The id is of a type that the user column does not have.</exception>
    public bool TryGetUserKey<TId>(TId id, out Key key)
        where TId : notnull => (key = Key.Of(_users.Find(id))).Value > 0;

    /// <summary>Finds the ML.NET key of an item.</summary>
    /// <param name="id">The item's id.</param>
    /// <param name="key">The key; 0 for an item that the model does not know.</param>
    /// <exception cref="ArgumentException">The id is of a type that the item column does not have.</exception>
    public bool TryGetItemKey<TId>(TId id, out Key key)
        where TId : notnull => (key = Key.Of(_items.Find(id))).Value > 0;

    /// <summary>The id of a user, as text.</summary>
    /// <param name="key">The user's key, 1 to <see cref="UserCount"/>.</param>
    /// <exception cref="KeyNotFoundException">The model has no such key.</exception>
    public string GetUserId(Key key) => _users[_users.Require(key)];

    /// <summary>The id of an item, as text.</summary>
    /// <param name="key">The item's key, 1 to <see cref="ItemCount"/>.</param>
    /// <exception cref="KeyNotFoundException">The model has no such key.</exception>
    public string GetItemId(Key key) => _items[_items.Require(key)];

    /// <summary>Looks up a set of items: a new user's choices, a deny list or an allow list.</summary>
    /// <param name="ids">Item ids or keys, in any order; repeated ones count once. Unknown ones are in <see cref="ItemSet.UnknownIds"/>.</param>
    /// <exception cref="ArgumentException">An id is of a type that the item column does not have.</exception>
    public ItemSet GetItems<TId>(params IEnumerable<TId> ids)
        where TId : notnull => ItemSet.Of(_items, ids);

    /// <inheritdoc cref="GetItems{TId}(IEnumerable{TId})"/>
    // For a text alone, which is a sequence of characters too, and for no ids at all, which have no type.
    public ItemSet GetItems(params IEnumerable<string> ids) => ItemSet.Of(_items, ids);

    /// <summary>Recommends items to a user.</summary>
    /// <typeparam name="TId">The type of the id.</typeparam>
    /// <param name="userId">The user's id or key, known or not.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a set is of another model, or the id is of a type that the user column does not have.
    /// </exception>
    /// <exception cref="InvalidOperationException">The call needs a history, which the model does not keep.</exception>
    /// <exception cref="NotSupportedException">
    /// There are <see cref="RecommendationOptions.NewUserItems"/>, and the model does not know new users by what they chose.
    /// </exception>
    public Recommendations Recommend<TId>(TId userId, RecommendationOptions? options = null)
        where TId : notnull
    {
        int user = _users.Find(userId);
        options = Checked(options);
        using Scratch scratch = new(Math.Min(options.Count, ItemCount));
        (int count, RecommendationSource source) = _selection.Select(user, options, scratch.Indices, scratch.Scores);
        return new Recommendations(ToItems(scratch.Indices[..count], scratch.Scores), source, options.Count, UnusedOf(source, options));
    }

    /// <summary>Recommends items to a new user by what the user chose, without training.</summary>
    /// <param name="chosen">What the user chose. If it is empty, or the model knows none of it, the list has the most popular items.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a set is of another model.</exception>
    /// <exception cref="InvalidOperationException">The call needs a history, which the model does not keep.</exception>
    /// <exception cref="NotSupportedException">Something is chosen, and the model does not know new users by what they chose.</exception>
    public Recommendations RecommendToNewUser(ItemSet chosen, RecommendationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        chosen.CheckOwner(_items, nameof(chosen));
        options = Checked(options);
        using Scratch scratch = new(Math.Min(options.Count, ItemCount));
        (int count, RecommendationSource source) = _selection.SelectForItems(chosen, options, scratch.Indices, scratch.Scores);
        return new Recommendations(ToItems(scratch.Indices[..count], scratch.Scores), source, options.Count, Unused(chosen));
    }

    /// <summary>Recommends items to many users, several times faster than one after the other.</summary>
    /// <typeparam name="TId">The type of the ids.</typeparam>
    /// <param name="userIds">Ids or keys of the users, known or not.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <returns>The recommendations of each user, in the order of <paramref name="userIds"/>.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <inheritdoc cref="Recommend{TId}(TId, RecommendationOptions)" path="/exception"/>
    public IReadOnlyList<Recommendations> RecommendMany<TId>(
        IEnumerable<TId> userIds,
        RecommendationOptions? options = null,
        IProgress<RecommendationProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where TId : notnull
    {
        ArgumentNullException.ThrowIfNull(userIds);
        int[] users = [.. userIds.Select(_users.Find)];
        options = Checked(options).Copy();
        SelectionTable table = BlockSelection.Run(_selection, _model, users, options, progress, cancellationToken);
        Recommendations[] results = new Recommendations[users.Length];
        for (int row = 0; row < results.Length; row++)
            results[row] = new Recommendations(
                ToItems(table.ItemsOf(row), table.ScoresOf(row)), table.Sources[row], options.Count, UnusedOf(table.Sources[row], options));
        return results;
    }

    /// <summary>
    /// Recommends items to every user of the model and writes them to a file as they are computed, so memory does not grow with the number of users.
    /// </summary>
    /// <param name="path">
    /// The file: UTF-8 text, comma-separated, with the columns user, item, rank (from 1), score and source under a header of these names; users
    /// in the order of keys. The source is the name of a <see cref="RecommendationSource"/>; the score is empty in a list by popularity of any model but
    /// Popularity itself. Keys without an id, as hashes leave some, are left out. The file is first written whole under another name, so a failure leaves
    /// what was there before. Where the path is a link, the file that it leads to is replaced; a replaced file keeps its mode; a pipe or another device,
    /// such as /dev/stdout, is written to directly.
    /// </param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a set is of another model.</exception>
    /// <exception cref="InvalidOperationException">The call needs a history, which the model does not keep.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void SaveRecommendationsAsCsv(
        string path, RecommendationOptions? options = null, IProgress<RecommendationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options = Checked(options).Copy();
        using SelectionParts lists = InParts(options, progress, cancellationToken);
        RecommendationFile.Write(path, this, lists);
    }

    /// <summary>
    /// Recommends items to every user of the model and writes them to a folder of CSV files, each of 16,384 users, as they are computed. If a run was
    /// stopped, the same call goes on after the last file that the run wrote.
    /// </summary>
    /// <param name="folder">
    /// The folder; it is made where it is missing. Its files part-000000.csv, part-000001.csv and so on have the format of
    /// <see cref="SaveRecommendationsAsCsv"/>, and recommendations.json says which model and options the lists come from.
    /// </param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order. Users of finished files count as done.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a set is of another model.</exception>
    /// <exception cref="InvalidOperationException">
    /// The call needs a history, which the model does not keep; or the folder has lists of another model or of other options (the message says what differs).
    /// </exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void SaveRecommendationsAsCsvFiles(
        string folder, RecommendationOptions? options = null, IProgress<RecommendationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RecommendationFolder.Write(folder, "csv", this, Checked(options).Copy(), RecommendationFile.Write, progress, cancellationToken);
    }

    /// <summary>The items most similar to an item; the item itself is left out.</summary>
    /// <typeparam name="TId">The type of the id.</typeparam>
    /// <param name="itemId">The item's id or key.</param>
    /// <param name="options">
    /// The count, the deny list, the allow list and the minimum score; other options have no effect. Null for the recommender's defaults.
    /// </param>
    /// <returns>
    /// The items, most similar first, by the score for a user who chose only that item, if it is above 0. For models with embeddings but no
    /// <see cref="LightGcnTrainer.Options.Neighbourhood"/>, or no layers, by the cosine of the embeddings. None for an item that the model learned
    /// nothing of.
    /// </returns>
    /// <exception cref="KeyNotFoundException">The model does not know the item.</exception>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a set is of another model, or the id is of a type that the item column does not have.
    /// </exception>
    /// <exception cref="NotSupportedException">The model does not compare items.</exception>
    public IReadOnlyList<ScoredItem> SimilarItems<TId>(TId itemId, RecommendationOptions? options = null)
        where TId : notnull
    {
        int item = _items.Require(itemId);
        options = Checked(options);
        using Scratch scratch = new(Math.Min(options.Count, ItemCount));
        int count = _selection.SelectSimilar(item, options, scratch.Indices, scratch.Scores);
        return ToItems(scratch.Indices[..count], scratch.Scores);
    }

    /// <summary>The users most similar to a user, by the cosine of their embeddings; the user is left out.</summary>
    /// <typeparam name="TId">The type of the id.</typeparam>
    /// <param name="userId">The user's id or key.</param>
    /// <param name="count">Number of users, at least 1; more than there are means all.</param>
    /// <returns>The users, most similar first; none for a user without an embedding.</returns>
    /// <remarks>The first call makes a table of 1 byte for each component of a user embedding.</remarks>
    /// <exception cref="KeyNotFoundException">The model does not know the user.</exception>
    /// <exception cref="ArgumentException">The id is of a type that the user column does not have, or the count is less than 1.</exception>
    /// <exception cref="NotSupportedException">The model does not compare users.</exception>
    public IReadOnlyList<ScoredUser> SimilarUsers<TId>(TId userId, int count = 10)
        where TId : notnull
    {
        Expect.ArgumentBetween(1, int.MaxValue, count);
        int user = _users.Require(userId);
        Capability.RequireUserFactors(_model);
        using Scratch scratch = new(Math.Min(count, UserCount));
        InnerProductSearch search = _userSearch.Value;
        using PooledVector vector = new(search.Stride);
        search.WriteUnit(user, vector.Span);
        count = search.Select(vector.Span, true, new ExcludedRows(new ReadOnlySpan<int>(in user), default), scratch.Indices, scratch.Scores);
        ScoredUser[] users = new ScoredUser[count];
        for (int n = 0; n < count; n++)
            users[n] = new ScoredUser(Key.Of(scratch.Indices[n]), _users[scratch.Indices[n]], scratch.Scores[n]);
        return users;
    }

    /// <summary>Says why an item has its score for a known user.</summary>
    /// <typeparam name="TUser">The type of the user's id.</typeparam>
    /// <typeparam name="TItem">The type of the item's id.</typeparam>
    /// <param name="userId">The user's id or key.</param>
    /// <param name="itemId">The id or key of any item, recommended or not.</param>
    /// <exception cref="KeyNotFoundException">The model does not know the user or the item.</exception>
    /// <exception cref="ArgumentException">An id is of a type that its column does not have.</exception>
    /// <exception cref="InvalidOperationException">The model keeps no history.</exception>
    /// <exception cref="NotSupportedException">The model gives no reasons.</exception>
    public Explanation Explain<TUser, TItem>(TUser userId, TItem itemId)
        where TUser : notnull
        where TItem : notnull
    {
        (int user, int item) = (_users.Require(userId), _items.Require(itemId));
        IExplainer explainer = Capability.RequireExplainer(_model);
        return _selection.IsKnown(user) ? ToExplanation(explainer.Explain(user, item), RecommendationSource.KnownUser) : ByPopularity;
    }

    /// <summary>Says why an item has its score for a new user.</summary>
    /// <typeparam name="TItem">The type of the item's id.</typeparam>
    /// <param name="chosen">What the user chose.</param>
    /// <param name="itemId">The item's id or key (<see cref="ScoredItem.Key"/>).</param>
    /// <exception cref="KeyNotFoundException">The model does not know the item.</exception>
    /// <exception cref="ArgumentException">The set is of another model, or the id is of a type that the item column does not have.</exception>
    /// <exception cref="InvalidOperationException">The model keeps no history.</exception>
    /// <exception cref="NotSupportedException">The model does not know new users by what they chose, or gives no reasons.</exception>
    public Explanation ExplainToNewUser<TItem>(ItemSet chosen, TItem itemId)
        where TItem : notnull
    {
        ArgumentNullException.ThrowIfNull(chosen);
        chosen.CheckOwner(_items, nameof(chosen));
        int item = _items.Require(itemId);
        FoldIn foldIn = Capability.RequireFoldIn(_model);
        IExplainer explainer = Capability.RequireExplainer(_model);
        bool isUseful = false;
        foreach (int one in chosen.Items)
            isUseful |= foldIn.IsUseful(one);
        return isUseful ? ToExplanation(explainer.Explain(chosen.Items, item), RecommendationSource.FoldIn) : ByPopularity;
    }

    /// <summary>The recommendations of every user.</summary>
    internal SelectionTable SelectForAll(RecommendationOptions options, IProgress<RecommendationProgress>? progress, CancellationToken cancellationToken) =>
        BlockSelection.Run(_selection, _model, [.. Enumerable.Range(0, UserCount)], options, progress, cancellationToken);

    /// <summary>The recommendations of every user, some thousands at a time.</summary>
    internal SelectionParts InParts(RecommendationOptions options, IProgress<RecommendationProgress>? progress, CancellationToken cancellationToken) =>
        BlockSelection.InParts(_selection, _model, options, progress, cancellationToken);

    /// <summary>Options that have been checked; the recommender's own for none.</summary>
    internal RecommendationOptions Checked(RecommendationOptions? options) => (options ?? _defaults).Validate(_items);

    /// <summary>The reason of a list by popularity: the model says nothing of the user.</summary>
    private static Explanation ByPopularity { get; } = new(float.NaN, RecommendationSource.Popularity, 0, []);

    private Explanation ToExplanation(ScoreParts parts, RecommendationSource source) =>
        new(parts.Score, source, parts.Own,
            [.. Sorted(parts.History).Select(part => new ItemContribution(Key.Of(part.Index), _items[part.Index], part.Contribution))])
        {
            UserAttributes = ToAttributes(parts.UserAttributes),
            ItemAttributes = ToAttributes(parts.ItemAttributes),
        };

    private AttributeContribution[] ToAttributes(IReadOnlyList<ScorePart> parts) => [.. Sorted(parts).Select(part =>
    {
        (string relation, string name) = _model.AttributeName(part.Index);
        return new AttributeContribution(relation, name, part.Contribution);
    })];

    private static IEnumerable<ScorePart> Sorted(IReadOnlyList<ScorePart> parts) =>
        parts.OrderByDescending(part => part.Contribution).ThenBy(part => part.Index);

    /// <summary>The ids of a new user's list that did not count.</summary>
    private IReadOnlyList<string> Unused(ItemSet chosen)
    {
        List<string>? unused = null;
        foreach (int item in chosen.Items)
        {
            if (_model.FoldIn?.IsUseful(item) is false)
                (unused ??= [.. chosen.UnknownIds]).Add(_items[item]);
        }
        return unused is null ? chosen.UnknownIds : unused.AsReadOnly();
    }

    private IReadOnlyList<string> UnusedOf(RecommendationSource source, RecommendationOptions options) =>
        source == RecommendationSource.KnownUser || options.NewUserItems is null ? [] : Unused(options.NewUserItems);

    private ScoredItem[] ToItems(ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        if (items.IsEmpty)
            return [];
        ScoredItem[] result = new ScoredItem[items.Length];
        for (int n = 0; n < result.Length; n++)
            result[n] = new ScoredItem(Key.Of(items[n]), _items[items[n]], scores[n]);
        return result;
    }

    /// <summary>Room for a list, from the shared pools.</summary>
    private readonly ref struct Scratch(int length)
    {
        private readonly int[] _indices = ArrayPool<int>.Shared.Rent(length);
        private readonly float[] _scores = ArrayPool<float>.Shared.Rent(length);
        private readonly int _length = length;

        public Span<int> Indices => _indices.AsSpan(0, _length);

        public Span<float> Scores => _scores.AsSpan(0, _length);

        public void Dispose()
        {
            ArrayPool<int>.Shared.Return(_indices);
            ArrayPool<float>.Shared.Return(_scores);
        }
    }
}
