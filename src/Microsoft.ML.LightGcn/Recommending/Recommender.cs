using System.Buffers;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Recommending;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Recommends items with a fitted LightGCN model: for known users, for new users by what they chose, for many users at once;
/// finds similar items and users; says why an item was recommended.
/// </summary>
/// <remarks>
/// <para>
/// Make one with <see cref="LightGcnModelCatalog.CreateRecommender(ModelOperationsCatalog, ITransformer, RecommendationOptions)"/>
/// and share it: it is immutable and thread-safe, meant as a singleton. The same question always has the same answer, bit for
/// bit, on any number of threads; a list for one user is the same as that user's list among many.
/// </para>
/// <para>
/// Users and items go by id, the key values of the model's columns as text (a number in invariant form), or by ML.NET key value
/// (ByKey). Where a column has no key values, the number of a key is its id.
/// </para>
/// <para>
/// A user whom the model does not know, or who had neither training interactions nor attributes, gets what
/// <see cref="RecommendationOptions.NewUserItems"/> says and else the most popular items;
/// <see cref="Recommendations.Source"/> tells which. A new user's embedding is exact, not an approximation: the trained model would
/// give it to a user of the same history, each interaction of mean weight and none of the user's own attributes, but for that user's own
/// layer-0 embedding, with the items' training degrees (He et al., 2020). Items that nobody chose count in it when relations reach them.
/// A model without layers has no such embedding, so it recommends what is popular.
/// </para>
/// <para>
/// Memory beside the model's: 1 byte a component of the items, 12 bytes an item; the fold-in table, 4 bytes a component of the
/// items (with relations, of users and attributes too), made at once by one propagation; recommending to many users and similar users take tables of their own on first use.
/// A call for one user allocates its result and nothing else.
/// </para>
/// </remarks>
public sealed class Recommender
{
    private readonly LightGcnModelParameters _model;
    private readonly ItemSelection _selection;
    private readonly KeyNames _users, _items;
    private readonly RecommendationOptions _defaults;
    private readonly Lazy<InnerProductSearch> _userSearch;

    internal Recommender(LightGcnTransformer transformer, RecommendationOptions? defaults)
    {
        _model = transformer.Model;
        UserColumnName = transformer.UserColumnName;
        _users = new KeyNames(_model.Users, "user");
        _items = new KeyNames(_model.Items, "item");
        // Sets come from a recommender, so defaults have none yet: the check refuses those of another one.
        _defaults = Checked((defaults ?? new RecommendationOptions()).Copy());
        _selection = new ItemSelection(_model);
        _userSearch = new Lazy<InnerProductSearch>(() => new InnerProductSearch(_model.Embeddings.Users, _model.EmbeddingDimension));
    }

    /// <summary>Number of users of the model.</summary>
    public int UserCount => _model.UserCount;

    /// <summary>Number of items of the model.</summary>
    public int ItemCount => _model.ItemCount;

    /// <summary>
    /// Whether the model keeps the training interactions (<see cref="LightGcnTrainer.Options.KeepHistory"/>). Without them there
    /// is no leaving out of what was seen, no fold-in, no popularity and no explanation: what needs them throws
    /// <see cref="InvalidOperationException"/>.
    /// </summary>
    public bool HasHistory => _model.History is not null;

    internal string UserColumnName { get; }

    /// <summary>Finds the ML.NET key value of a user.</summary>
    /// <param name="id">The user's id.</param>
    /// <param name="key">The key value, from 1; 0 for a user whom the model does not know.</param>
    public bool TryGetUserKey(string id, out uint key) => (key = (uint)(_users.Find(id) + 1)) > 0;

    /// <inheritdoc cref="TryGetUserKey(string, out uint)"/>
    public bool TryGetUserKey(long id, out uint key) => (key = (uint)(_users.Find(id) + 1)) > 0;

    /// <summary>Finds the ML.NET key value of an item.</summary>
    /// <param name="id">The item's id.</param>
    /// <param name="key">The key value, from 1; 0 for an item that the model does not know.</param>
    public bool TryGetItemKey(string id, out uint key) => (key = (uint)(_items.Find(id) + 1)) > 0;

    /// <inheritdoc cref="TryGetItemKey(string, out uint)"/>
    public bool TryGetItemKey(long id, out uint key) => (key = (uint)(_items.Find(id) + 1)) > 0;

    /// <summary>The id of a user.</summary>
    /// <param name="key">ML.NET key value of the user, 1 to <see cref="UserCount"/>.</param>
    /// <exception cref="KeyNotFoundException">The model has no such key.</exception>
    public string GetUserId(uint key) => _users[_users.Require(_users.FindKey(key), key)];

    /// <summary>The id of an item.</summary>
    /// <param name="key">ML.NET key value of the item, 1 to <see cref="ItemCount"/>.</param>
    /// <exception cref="KeyNotFoundException">The model has no such key.</exception>
    public string GetItemId(uint key) => _items[_items.Require(_items.FindKey(key), key)];

    /// <summary>Looks up a set of items: a new user's choices, a deny list or an allow list.</summary>
    /// <param name="ids">Item ids, in any order; repeated ones count once. Unknown ones are in <see cref="ItemSet.UnknownIds"/>.</param>
    public ItemSet GetItems(params IEnumerable<string> ids) => GetItems(ids, id => _items.Find(id), id => id);

    /// <inheritdoc cref="GetItems(IEnumerable{string})"/>
    public ItemSet GetItems(params IEnumerable<long> ids) => GetItems(ids, _items.Find, id => id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Makes a set of items of their ML.NET key values.</summary>
    /// <param name="keys">Key values; those over <see cref="ItemCount"/>, and 0, are in <see cref="ItemSet.UnknownIds"/> as numbers.</param>
    public ItemSet GetItemsByKey(params IEnumerable<uint> keys) => GetItems(keys, _items.FindKey, key => key.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Recommends items to a user.</summary>
    /// <param name="userId">The user's id, known or not.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a set is of another recommender.</exception>
    /// <exception cref="InvalidOperationException">It takes a history that the model does not keep.</exception>
    public Recommendations Recommend(string userId, RecommendationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(userId);
        return RecommendAt(_users.Find(userId), options);
    }

    /// <inheritdoc cref="Recommend(string, RecommendationOptions)"/>
    public Recommendations Recommend(long userId, RecommendationOptions? options = null) => RecommendAt(_users.Find(userId), options);

    /// <summary>Recommends items to a user.</summary>
    /// <param name="userKey">ML.NET key value of the user; 0 is a missing key, a user whom the model does not know.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <inheritdoc cref="Recommend(string, RecommendationOptions)" path="/exception"/>
    public Recommendations RecommendByKey(uint userKey, RecommendationOptions? options = null) => RecommendAt(_users.FindKey(userKey), options);

    /// <summary>Recommends items to a new user by what the user chose, without training.</summary>
    /// <param name="chosen">What the user chose; empty, or none of it known, gives what is popular.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <inheritdoc cref="Recommend(string, RecommendationOptions)" path="/exception"/>
    public Recommendations RecommendToNewUser(ItemSet chosen, RecommendationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        chosen.CheckOwner(_items, nameof(chosen));
        options = Checked(options ?? _defaults);
        using Scratch scratch = new(Math.Min(options.Count, ItemCount));
        (int count, RecommendationSource source) = _selection.SelectForItems(chosen, options, scratch.Keys, scratch.Scores);
        return new Recommendations(ToItems(scratch, count), source, options.Count, Unused(chosen));
    }

    /// <summary>Recommends items to many users; several times faster than one after the other.</summary>
    /// <param name="userIds">Ids of the users, known or not.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <returns>The recommendations of each user, in the order of <paramref name="userIds"/>.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <inheritdoc cref="Recommend(string, RecommendationOptions)" path="/exception"/>
    public IReadOnlyList<Recommendations> RecommendMany(IEnumerable<string> userIds, RecommendationOptions? options = null, IProgress<RecommendationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(userIds);
        return RecommendMany([.. userIds.Select(id => _users.Find(id))], options, progress, cancellationToken);
    }

    /// <inheritdoc cref="RecommendMany(IEnumerable{string}, RecommendationOptions, IProgress{RecommendationProgress}, CancellationToken)"/>
    public IReadOnlyList<Recommendations> RecommendMany(IEnumerable<long> userIds, RecommendationOptions? options = null, IProgress<RecommendationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(userIds);
        return RecommendMany([.. userIds.Select(_users.Find)], options, progress, cancellationToken);
    }

    /// <summary>Recommends items to every user of the model.</summary>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <returns>
    /// A row for each user in the order of keys: the user key under the model's user column name, RecommendedItems (a vector of
    /// item keys, best first) and RecommendedScores (a vector of Single as long). Key columns carry key values, as text, so
    /// MapKeyToValue works. Takes 8 bytes for each user and item recommended.
    /// </returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <inheritdoc cref="Recommend(string, RecommendationOptions)" path="/exception"/>
    public IDataView RecommendToAll(RecommendationOptions? options = null, IProgress<RecommendationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RecommendationView.Create(UserColumnName, _users, _items, RecommendationView.Columns, new Lazy<SelectionTable>(SelectForAll(options, progress, cancellationToken)));

    /// <summary>Recommends items to every user of the model and writes them to a file.</summary>
    /// <param name="path">
    /// The file: UTF-8 text, comma-separated, with the columns user, item, rank (from 1) and score under a header of these names; users
    /// in the order of keys. It is written whole under another name first, so a failure leaves what was there before.
    /// </param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <inheritdoc cref="Recommend(string, RecommendationOptions)" path="/exception"/>
    public void RecommendToAll(string path, RecommendationOptions? options = null, IProgress<RecommendationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RecommendationFile.Write(path, _users, _items, SelectForAll(options, progress, cancellationToken));
    }

    /// <summary>The items that are most like an item, by the cosine of their embeddings; the item itself is left out.</summary>
    /// <param name="itemId">The item's id.</param>
    /// <param name="options">
    /// Count, the deny and the allow list, and the minimum of the cosine; the rest does not matter. Null for the recommender's defaults.
    /// </param>
    /// <returns>The items, most similar first; none for an item without an embedding.</returns>
    /// <exception cref="KeyNotFoundException">The model does not know the item.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or a set is of another recommender.</exception>
    public IReadOnlyList<ScoredItem> SimilarItems(string itemId, RecommendationOptions? options = null) => SimilarItemsAt(_items.Require(_items.Find(itemId), itemId), options);

    /// <inheritdoc cref="SimilarItems(string, RecommendationOptions)"/>
    public IReadOnlyList<ScoredItem> SimilarItems(long itemId, RecommendationOptions? options = null) => SimilarItemsAt(_items.Require(_items.Find(itemId), itemId), options);

    /// <param name="itemKey">ML.NET key value of the item.</param>
    /// <param name="options">See <see cref="SimilarItems(string, RecommendationOptions)"/>.</param>
    /// <inheritdoc cref="SimilarItems(string, RecommendationOptions)"/>
    public IReadOnlyList<ScoredItem> SimilarItemsByKey(uint itemKey, RecommendationOptions? options = null) => SimilarItemsAt(_items.Require(_items.FindKey(itemKey), itemKey), options);

    /// <summary>The users who are most like a user, by the cosine of their embeddings; the user is left out.</summary>
    /// <param name="userId">The user's id.</param>
    /// <param name="count">Number of users, at least 1.</param>
    /// <returns>The users, most similar first; none for a user without an embedding.</returns>
    /// <remarks>The first call makes a table of 1 byte for each component of a user embedding.</remarks>
    /// <exception cref="KeyNotFoundException">The model does not know the user.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    public IReadOnlyList<ScoredUser> SimilarUsers(string userId, int count = 10) => SimilarUsersAt(_users.Require(_users.Find(userId), userId), count);

    /// <inheritdoc cref="SimilarUsers(string, int)"/>
    public IReadOnlyList<ScoredUser> SimilarUsers(long userId, int count = 10) => SimilarUsersAt(_users.Require(_users.Find(userId), userId), count);

    /// <param name="userKey">ML.NET key value of the user.</param>
    /// <param name="count">Number of users, at least 1.</param>
    /// <inheritdoc cref="SimilarUsers(string, int)"/>
    public IReadOnlyList<ScoredUser> SimilarUsersByKey(uint userKey, int count = 10) => SimilarUsersAt(_users.Require(_users.FindKey(userKey), userKey), count);

    /// <summary>Says why an item has its score for a known user.</summary>
    /// <param name="userId">The user's id.</param>
    /// <param name="itemId">The item's id; any item, recommended or not.</param>
    /// <exception cref="KeyNotFoundException">The model does not know the user or the item.</exception>
    /// <exception cref="InvalidOperationException">The model keeps no history.</exception>
    public Explanation Explain(string userId, string itemId) => ExplainAt(_users.Require(_users.Find(userId), userId), _items.Require(_items.Find(itemId), itemId));

    /// <inheritdoc cref="Explain(string, string)"/>
    public Explanation Explain(long userId, long itemId) => ExplainAt(_users.Require(_users.Find(userId), userId), _items.Require(_items.Find(itemId), itemId));

    /// <param name="userKey">ML.NET key value of the user.</param>
    /// <param name="itemKey">ML.NET key value of the item.</param>
    /// <inheritdoc cref="Explain(string, string)"/>
    public Explanation ExplainByKey(uint userKey, uint itemKey) => ExplainAt(_users.Require(_users.FindKey(userKey), userKey), _items.Require(_items.FindKey(itemKey), itemKey));

    /// <summary>Says why an item has its score for a new user.</summary>
    /// <param name="chosen">What the user chose.</param>
    /// <param name="itemKey">ML.NET key value of the item (<see cref="ScoredItem.Key"/>).</param>
    /// <exception cref="KeyNotFoundException">The model does not know the item.</exception>
    /// <exception cref="ArgumentException">The set is of another recommender.</exception>
    /// <exception cref="InvalidOperationException">The model keeps no history, or has no layers.</exception>
    public Explanation ExplainToNewUser(ItemSet chosen, uint itemKey)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        chosen.CheckOwner(_items, nameof(chosen));
        ReadOnlySpan<float> item = _selection.ItemEmbedding(_items.Require(_items.FindKey(itemKey), itemKey));
        FoldIn foldIn = _selection.FoldIn ?? throw new InvalidOperationException("The model has no layers: nothing comes along the edges of its graph, so new users get what is popular.");
        using PooledVector user = new(_selection.Search.Stride);
        int count = foldIn.Embed(chosen.Items, user.Span);
        ItemContribution[] history = new ItemContribution[count];
        int place = 0;
        foreach (int one in chosen.Items)
        {
            if (foldIn.IsUseful(one))
                history[place++] = Contribution(one, foldIn.Contribution(one, count, item));
        }
        return new Explanation(PairScore.Compute(user.Span[..item.Length], item), RecommendationSource.FoldIn, 0, SortedByContribution(history))
        {
            ItemAttributes = AttributesOf(foldIn, (int)itemKey - 1, user.Span[..item.Length]),
        };
    }

    /// <summary>The columns of <see cref="RecommendToAll(RecommendationOptions, IProgress{RecommendationProgress}, CancellationToken)"/>, computed when rows are first read.</summary>
    internal IDataView ViewOfAll((string Items, string Scores) columns, RecommendationOptions? options)
    {
        options = Checked((options ?? _defaults).Copy());
        return RecommendationView.Create(UserColumnName, _users, _items, columns, new Lazy<SelectionTable>(() => SelectForAll(options, null, default)));
    }

    private Recommendations RecommendAt(int user, RecommendationOptions? options)
    {
        options = Checked(options ?? _defaults);
        using Scratch scratch = new(Math.Min(options.Count, ItemCount));
        (int count, RecommendationSource source) = _selection.Select(user, options, scratch.Keys, scratch.Scores);
        return new Recommendations(ToItems(scratch, count), source, options.Count, UnusedOf(source, options));
    }

    private Recommendations[] RecommendMany(int[] users, RecommendationOptions? options, IProgress<RecommendationProgress>? progress, CancellationToken cancellationToken)
    {
        options = Checked((options ?? _defaults).Copy());
        SelectionTable table = BlockSelection.Run(_selection, _model, users, options, progress, cancellationToken);
        Recommendations[] results = new Recommendations[users.Length];
        for (int row = 0; row < results.Length; row++)
            results[row] = new Recommendations(ToItems(table.ItemsOf(row), table.ScoresOf(row)), table.Sources[row], options.Count, UnusedOf(table.Sources[row], options));
        return results;
    }

    private SelectionTable SelectForAll(RecommendationOptions? options, IProgress<RecommendationProgress>? progress, CancellationToken cancellationToken) =>
        BlockSelection.Run(_selection, _model, [.. Enumerable.Range(0, UserCount)], Checked((options ?? _defaults).Copy()), progress, cancellationToken);

    private ScoredItem[] SimilarItemsAt(int item, RecommendationOptions? options)
    {
        options = Checked(options ?? _defaults);
        using Scratch scratch = new(Math.Min(options.Count, ItemCount));
        int count = _selection.SelectSimilar(item, options, scratch.Keys, scratch.Scores);
        return ToItems(scratch, count);
    }

    private ScoredUser[] SimilarUsersAt(int user, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using Scratch scratch = new(Math.Min(count, UserCount));
        InnerProductSearch search = _userSearch.Value;
        using PooledVector vector = new(search.Stride);
        search.WriteUnit(user, vector.Span);
        count = search.Select(vector.Span, true, new ExcludedRows(new ReadOnlySpan<int>(in user), default), scratch.Keys, scratch.Scores);
        ScoredUser[] users = new ScoredUser[count];
        for (int n = 0; n < count; n++)
            users[n] = new ScoredUser((uint)scratch.Keys[n] + 1, _users[scratch.Keys[n]], scratch.Scores[n]);
        return users;
    }

    private Explanation ExplainAt(int user, int item)
    {
        ReadOnlySpan<float> embedding = _selection.ItemEmbedding(item);
        int dimension = embedding.Length;
        // Says so where there is no history.
        _ = _selection.Seen(user);
        float own = _model.LayerWeights[0] * PairScore.Compute(_model.BaseUserEmbeddings.Slice(user * dimension, dimension), embedding);
        Explanation explanation = new(_model.Score(user, item), RecommendationSource.KnownUser, own, []);
        if (_selection.FoldIn is not { } foldIn)
            return explanation;
        List<(int Node, float Contribution)> edges = foldIn.Contributions(user, embedding);
        int items = _model.UserCount, attributes = items + ItemCount;
        return explanation with
        {
            History = SortedByContribution([.. edges.Where(edge => edge.Node < attributes).Select(edge => Contribution(edge.Node - items, edge.Contribution))]),
            UserAttributes = SortedByContribution(edges.Where(edge => edge.Node >= attributes)),
            ItemAttributes = AttributesOf(foldIn, item, _model.UserEmbeddings.Slice(user * dimension, dimension)),
        };
    }

    /// <summary>What the attributes of an item add to its score for a user's embedding.</summary>
    private AttributeContribution[] AttributesOf(FoldIn foldIn, int item, ReadOnlySpan<float> user)
    {
        if (!_model.Graph!.HasItemAttributes)
            return [];
        float factor = foldIn.LengthFactor(item);
        return SortedByContribution(foldIn.Contributions(_model.UserCount + item, user, _model.UserCount + ItemCount).Select(edge => (edge.Node, factor * edge.Contribution)));
    }

    private ItemContribution Contribution(int item, float contribution) => new((uint)item + 1, _items[item], contribution);

    private static ItemContribution[] SortedByContribution(ItemContribution[] contributions)
    {
        contributions.AsSpan().Sort((a, b) => (-a.Contribution, a.Key).CompareTo((-b.Contribution, b.Key)));
        return contributions;
    }

    private AttributeContribution[] SortedByContribution(IEnumerable<(int Node, float Contribution)> attributes) =>
        [.. attributes.OrderByDescending(edge => edge.Contribution).ThenBy(edge => edge.Node).Select(edge =>
        {
            (string relation, string name) = _model.Graph!.NameOf(edge.Node);
            return new AttributeContribution(relation, name, edge.Contribution);
        })];

    private ItemSet GetItems<TId>(IEnumerable<TId> ids, Func<TId, int> find, Func<TId, string> toText)
    {
        ArgumentNullException.ThrowIfNull(ids);
        SortedSet<int> items = [];
        List<string>? unknown = null;
        foreach (TId id in ids)
        {
            int item = find(id);
            if (item >= 0)
                items.Add(item);
            else
                (unknown ??= []).Add(toText(id));
        }
        return new ItemSet(_items, [.. items], unknown is null ? [] : unknown.AsReadOnly());
    }

    /// <summary>The ids of a new user's list that did not count.</summary>
    private IReadOnlyList<string> Unused(ItemSet chosen)
    {
        List<string>? unused = null;
        foreach (int item in chosen.Items)
        {
            if (!_model.Graph!.HasEdges(_model.UserCount + item))
                (unused ??= [.. chosen.UnknownIds]).Add(_items[item]);
        }
        return unused is null ? chosen.UnknownIds : unused.AsReadOnly();
    }

    private IReadOnlyList<string> UnusedOf(RecommendationSource source, RecommendationOptions options) =>
        source == RecommendationSource.KnownUser || options.NewUserItems is null ? [] : Unused(options.NewUserItems);

    private ScoredItem[] ToItems(Scratch scratch, int count) => ToItems(scratch.Keys[..count], scratch.Scores[..count]);

    private ScoredItem[] ToItems(ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        if (items.IsEmpty)
            return [];
        ScoredItem[] result = new ScoredItem[items.Length];
        for (int n = 0; n < result.Length; n++)
            result[n] = new ScoredItem((uint)items[n] + 1, _items[items[n]], scores[n]);
        return result;
    }

    private RecommendationOptions Checked(RecommendationOptions options)
    {
        if (options.Count < 1)
            throw Bad(nameof(options.Count), "at least 1", options.Count);
        if (float.IsNaN(options.MinimumScore))
            throw Bad(nameof(options.MinimumScore), "a number", options.MinimumScore);
        if (options.NumberOfThreads < 1)
            throw Bad(nameof(options.NumberOfThreads), "at least 1", options.NumberOfThreads);
        options.DenyList?.CheckOwner(_items, nameof(options.DenyList));
        options.AllowList?.CheckOwner(_items, nameof(options.AllowList));
        options.NewUserItems?.CheckOwner(_items, nameof(options.NewUserItems));
        return options;

        static ArgumentOutOfRangeException Bad(string option, string expected, object found) =>
            new(nameof(options), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Option {option}: expected {expected}, found {found}."));
    }

    /// <summary>Room for a list, from the shared pools.</summary>
    private readonly ref struct Scratch(int length)
    {
        private readonly int[] _keys = ArrayPool<int>.Shared.Rent(length);
        private readonly float[] _scores = ArrayPool<float>.Shared.Rent(length);
        private readonly int _length = length;

        public Span<int> Keys => _keys.AsSpan(0, _length);

        public Span<float> Scores => _scores.AsSpan(0, _length);

        public void Dispose()
        {
            ArrayPool<int>.Shared.Return(_keys);
            ArrayPool<float>.Shared.Return(_scores);
        }
    }
}
