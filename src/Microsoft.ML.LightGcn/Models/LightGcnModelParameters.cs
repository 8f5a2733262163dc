using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// What LightGCN learned: an embedding for every user and every item. The score of a pair is the inner product of its two
/// embeddings; higher means the user more likely wants the item.
/// </summary>
/// <remarks>
/// Indices are 0-based: the user with ML.NET key value k is user k-1. Instances are immutable and thread-safe. The embedding
/// of a user or item without training interactions is zero unless the model continued from one that knew it, relations reach it, or
/// an objective that draws negatives among all items (<see cref="BprObjective"/>) has moved it.
/// </remarks>
public sealed class LightGcnModelParameters : IItemScorer, IPairScorer
{
    private readonly TrainedEmbeddings _embeddings;
    private readonly float[] _layerWeights;
    private readonly Lazy<FactorScorer> _scorer;

    internal LightGcnModelParameters(TrainedEmbeddings embeddings, int userCount, int itemCount, int dimension, float[] layerWeights, KeyVocabulary users, KeyVocabulary items, HeterogeneousGraph? graph)
    {
        _embeddings = embeddings;
        UserCount = userCount;
        ItemCount = itemCount;
        EmbeddingDimension = dimension;
        _layerWeights = layerWeights;
        Users = users;
        Items = items;
        Graph = graph;
        _scorer = new Lazy<FactorScorer>(() => new FactorScorer(_embeddings.Users, _embeddings.Items, EmbeddingDimension));
    }

    /// <inheritdoc/>
    public int UserCount { get; }

    /// <inheritdoc/>
    public int ItemCount { get; }

    /// <summary>Number of components of an embedding.</summary>
    public int EmbeddingDimension { get; }

    /// <summary>Weight of each layer in an embedding, from the learned embedding itself to the last propagation layer.</summary>
    public IReadOnlyList<float> LayerWeights => _layerWeights;

    /// <summary>The user embeddings, row-major, <see cref="UserCount"/> x <see cref="EmbeddingDimension"/>.</summary>
    public ReadOnlySpan<float> UserEmbeddings => _embeddings.Users;

    /// <summary>The item embeddings, row-major, <see cref="ItemCount"/> x <see cref="EmbeddingDimension"/>.</summary>
    public ReadOnlySpan<float> ItemEmbeddings => _embeddings.Items;

    /// <summary>The user embeddings before propagation (layer 0): the learned parameters, from which training continues.</summary>
    public ReadOnlySpan<float> BaseUserEmbeddings => _embeddings.BaseUsers;

    /// <summary>The item embeddings before propagation (layer 0).</summary>
    public ReadOnlySpan<float> BaseItemEmbeddings => _embeddings.BaseItems;

    /// <summary>
    /// The training interactions, from which the embeddings were propagated; null when they were not kept
    /// (<see cref="LightGcnTrainer.Options.KeepHistory"/>).
    /// </summary>
    public BipartiteGraph? History => Graph?.Interactions;

    /// <summary>What the embeddings were propagated over, relations included; null when the history was not kept.</summary>
    internal HeterogeneousGraph? Graph { get; }

    internal TrainedEmbeddings Embeddings => _embeddings;

    /// <summary>The layer-0 embedding of a node of <see cref="Graph"/>: a user, an item or an attribute.</summary>
    internal ReadOnlySpan<float> BaseEmbedding(int node)
    {
        int entities = UserCount + ItemCount, d = EmbeddingDimension;
        return node < UserCount ? BaseUserEmbeddings.Slice(node * d, d)
            : node < entities ? BaseItemEmbeddings.Slice((node - UserCount) * d, d)
            : _embeddings.BaseAttributes.AsSpan((node - entities) * d, d);
    }

    internal KeyVocabulary Users { get; }

    internal KeyVocabulary Items { get; }

    /// <summary>The score of one pair: the same bits as <see cref="ScoreItems"/> gives for it.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float Score(int user, int item)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)user, (uint)UserCount, nameof(user));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)ItemCount, nameof(item));
        int d = EmbeddingDimension;
        return PairScore.Compute(_embeddings.Users.AsSpan(user * d, d), _embeddings.Items.AsSpan(item * d, d));
    }

    /// <inheritdoc/>
    /// <remarks>The first call packs the item embeddings for the product, which takes as much memory again.</remarks>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores) => _scorer.Value.ScoreItems(users, scores);
}
