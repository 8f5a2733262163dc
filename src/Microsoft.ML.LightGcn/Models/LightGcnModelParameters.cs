using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// What LightGCN learned: an embedding for every user and every item and, unless they were left out, weights from item to item. The score of a pair is
/// the inner product of the two embeddings plus the sum, over the items in the user's history, of their weights for the item. Higher means the user more
/// likely wants the item.
/// </summary>
/// <remarks>
/// Indices are 0-based: the user with ML.NET key k is user k-1. Instances are immutable and thread-safe. The embedding of a user or item without training
/// interactions is all zeros, and its scores are NaN, unless relations reach it or training continued from a model that knew it.
/// </remarks>
public sealed class LightGcnModelParameters : IRankingModel
{
    private readonly float[] _layerWeights;
    private readonly Vocabulary _users, _items;
    private readonly Factors _factors;
    private readonly KnownNodes _known;
    private readonly Lazy<FactorScorer> _scorer;
    private readonly Lazy<EmbeddingFoldIn?> _foldIn;

    /// <param name="embeddings">What training learned.</param>
    /// <param name="layerWeights">Weight of each layer.</param>
    /// <param name="users">The ids of the users.</param>
    /// <param name="items">The ids of the items.</param>
    /// <param name="graph">What the embeddings were propagated over; null when it was not kept.</param>
    /// <param name="known">Whose embeddings are other than zero; null looks at all of them.</param>
    internal LightGcnModelParameters(
        TrainedEmbeddings embeddings, float[] layerWeights, Vocabulary users, Vocabulary items, HeterogeneousGraph? graph, KnownNodes? known = null)
    {
        Embeddings = embeddings;
        _layerWeights = layerWeights;
        (_users, _items) = (users, items);
        Graph = graph;
        _factors = new Factors(embeddings.Final.UserRows, embeddings.Final.Items, embeddings.Final.Dimension);
        _known = known ?? KnownNodes.Of(_factors);
        _scorer = new Lazy<FactorScorer>(() => new FactorScorer(_factors.UserRows, _factors.Items.Span));
        _foldIn = new Lazy<EmbeddingFoldIn?>(() => Graph is null ? null : EmbeddingFoldIn.Create(this, Graph));
    }

    /// <inheritdoc/>
    public int UserCount => Embeddings.Final.Layout.UserCount;

    /// <inheritdoc/>
    public int ItemCount => Embeddings.Final.Layout.ItemCount;

    /// <summary>Number of components of an embedding.</summary>
    public int EmbeddingDimension => Embeddings.Final.Dimension;

    /// <summary>Weight of each layer in an embedding, from the learned embedding itself to the last propagation layer.</summary>
    public IReadOnlyList<float> LayerWeights => _layerWeights;

    /// <summary>The user embeddings, row-major, <see cref="UserCount"/> x <see cref="EmbeddingDimension"/>.</summary>
    /// <exception cref="NotSupportedException">They are more than 2^31 - 1 numbers, which a model that lies in a file may have.</exception>
    public ReadOnlySpan<float> UserEmbeddings => Embeddings.Final.Users.Span;

    /// <summary>The item embeddings, row-major, <see cref="ItemCount"/> x <see cref="EmbeddingDimension"/>.</summary>
    public ReadOnlySpan<float> ItemEmbeddings => Embeddings.Final.Items.Span;

    /// <summary>
    /// The user embeddings before propagation (layer 0), row-major, <see cref="UserCount"/> x <see cref="EmbeddingDimension"/>: the learned parameters,
    /// from which training continues.
    /// </summary>
    /// <exception cref="NotSupportedException">They are more than 2^31 - 1 numbers, which a model that lies in a file may have.</exception>
    public ReadOnlySpan<float> BaseUserEmbeddings => Embeddings.Base.Users.Span;

    /// <summary>The item embeddings before propagation (layer 0), row-major, <see cref="ItemCount"/> x <see cref="EmbeddingDimension"/>.</summary>
    public ReadOnlySpan<float> BaseItemEmbeddings => Embeddings.Base.Items.Span;

    /// <summary>
    /// The training interactions, from which the embeddings were propagated; null when they were not kept
    /// (<see cref="LightGcnTrainer.Options.KeepHistory"/>).
    /// </summary>
    public BipartiteGraph? History => Graph?.Interactions;

    /// <summary>Number of weights from item to item (<see cref="LightGcnTrainer.Options.Neighbourhood"/>); 0 where scores are inner products alone.</summary>
    public int NeighbourWeightCount => Neighbourhood?.Weights.NonZeroCount ?? 0;

    /// <summary>What the embeddings were propagated over, relations included; null when the history was not kept.</summary>
    internal HeterogeneousGraph? Graph { get; }

    internal TrainedEmbeddings Embeddings { get; }

    internal Neighbourhood? Neighbourhood => Embeddings.Neighbourhood;

    internal Vocabulary Users => _users;

    internal Vocabulary Items => _items;

    internal EmbeddingFoldIn? FoldIn => _foldIn.Value;

    string IRankingModel.Name => NameOf(_layerWeights);

    Vocabulary IRankingModel.Users => _users;

    Vocabulary IRankingModel.Items => _items;

    Factors IRankingModel.Factors => _factors;

    KnownNodes IRankingModel.Known => _known;

    Neighbourhood? IRankingModel.Neighbourhood => Neighbourhood;

    FoldIn? IRankingModel.FoldIn => FoldIn;

    IExplainer? IRankingModel.Explainer => Graph is null ? null : new EmbeddingExplainer(this, Graph, FoldIn);

    /// <summary>
    /// The score of one pair: the same bits as <see cref="ScoreItems"/> gives for it; NaN where the user or the item has no embedding (all zeros).
    /// </summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float Score(int user, int item)
    {
        ScorerCheck.Pair(user, UserCount, item, ItemCount);
        float score = PairScore.Compute(_factors.User(user), _factors.Item(item));
        return _known.Score(user, item, Neighbourhood is { } neighbourhood ? score + neighbourhood.Score(user, item) : score);
    }

    /// <summary>
    /// The weight that an item in a user's history adds to the score of another item, beside what comes through the embeddings; 0 for most pairs.
    /// </summary>
    /// <param name="seenItem">Index of the item in the history, 0 to <see cref="ItemCount"/>-1.</param>
    /// <param name="item">Index of the item to score, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float GetNeighbourWeight(int seenItem, int item)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)seenItem, (uint)ItemCount, nameof(seenItem));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)ItemCount, nameof(item));
        return Neighbourhood is { } neighbourhood ? neighbourhood.Weights[seenItem, item] : 0;
    }

    /// <inheritdoc/>
    /// <remarks>The first call packs the item embeddings for the product, which takes as much memory again.</remarks>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        _scorer.Value.ScoreItems(users, scores);
        Neighbourhood?.AddTo(users, scores);
        _known.Mark(users, scores, ItemCount);
    }

    ScoreTerms? ITermScorer.Terms => new(_scorer.Value, Neighbourhood, _known);

    /// <summary>Whether training gave the user an embedding: one of all zeros scores every item the same.</summary>
    bool IRankingModel.IsKnown(int user) => _known.HasUser(user);

    (string Relation, string Name) IRankingModel.AttributeName(int node) => Graph!.NameOf(node);

    /// <summary>What a model of such layers is called in files and messages.</summary>
    internal static string NameOf(float[] layerWeights) => layerWeights.Length == 1 ? "BprMatrixFactorization" : "LightGcn";

    internal ReadOnlySpan<float> UserEmbedding(int user) => _factors.User(user);

    internal ReadOnlySpan<float> ItemEmbedding(int item) => _factors.Item(item);
}
