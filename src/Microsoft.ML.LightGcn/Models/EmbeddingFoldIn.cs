using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// What comes along the edges of the graph, into any user's or item's embedding: for a list of items, exactly what the trained model
/// gives to a user of that history, less the user's own layer-0 embedding.
/// </summary>
/// <remarks>
/// With layer weights w_0..w_L, e_n = sum of w_l E_n^(l), and for l &gt; 0 E_n^(l) = sum over the edges of n of
/// W_nm E_m^(l-1) / sqrt(d_n d_m). So e_n - w_0 E_n^(0) = 1/sqrt(d_n) * sum over the edges of W_nm S_m / sqrt(d_m), where
/// S_m = sum over l = 0..L-1 of w_(l+1) E_m^(l): the propagation of layer-0 embeddings with the weights w_1..w_L. The table of
/// S_m / sqrt(d_m) is all that it takes; a new user's edges have W = 1 each, so that d is their number.
/// </remarks>
internal sealed class EmbeddingFoldIn : FoldIn
{
    private readonly LightGcnModelParameters _model;
    private readonly HeterogeneousGraph _graph;
    private readonly Matrix _rows;
    private readonly int _firstNode;

    private EmbeddingFoldIn(LightGcnModelParameters model, HeterogeneousGraph graph, Matrix rows, int firstNode)
    {
        _model = model;
        _graph = graph;
        _rows = rows;
        _firstNode = firstNode;
    }

    /// <summary>The fold-in of a model that kept its history; null without layers, where edges carry nothing.</summary>
    public static EmbeddingFoldIn? Create(LightGcnModelParameters model, HeterogeneousGraph graph)
    {
        if (model.LayerWeights.Count == 1)
            return null;
        int nodes = graph.Layout.NodeCount, dimension = model.EmbeddingDimension;
        Matrix embeddings = new(nodes, dimension), sums = new(nodes, dimension);
        for (int node = 0; node < nodes; node++)
            model.Embeddings.Base[node].CopyTo(embeddings.Row(node));
        using (ThreadTeam team = new(Environment.ProcessorCount))
            new Propagation(graph, [.. model.LayerWeights.Skip(1)], new Matrix(nodes, dimension), team).Forward(embeddings, sums);
        // The users' rows are wanted only for the length of an item that has attributes.
        int first = graph.HasItemAttributes ? 0 : graph.Layout.FirstItem;
        Matrix rows = new(nodes - first, dimension);
        for (int node = first; node < nodes; node++)
            TensorPrimitives.Multiply(sums.Row(node), graph.InverseRootDegrees[node], rows.Row(node - first));
        return new EmbeddingFoldIn(model, graph, rows, first);
    }

    /// <summary>Floats of an embedding, padded with zeros.</summary>
    public int Stride => _rows.Stride;

    /// <summary>Whether an item says something of who chose it: an item without edges does not.</summary>
    public override bool IsUseful(int item) => _graph.HasEdges(_graph.Layout.ItemNode(item));

    /// <summary>Writes the embedding of a history.</summary>
    /// <param name="items">Item indices; those without edges do not count.</param>
    /// <param name="vector">Receives the embedding: at least <see cref="Stride"/> floats.</param>
    /// <returns>The number of items that counted; with none the embedding is zero.</returns>
    public int Embed(ReadOnlySpan<int> items, Span<float> vector)
    {
        int[] useful = ArrayPool<int>.Shared.Rent(items.Length);
        int count = 0;
        foreach (int item in items)
        {
            if (IsUseful(item))
                useful[count++] = _graph.Layout.ItemNode(item) - _firstNode;
        }
        GatherSum.Compute(useful.AsSpan(0, count), default, _rows.Padded, ItemSubspace.InverseRoot(count), default, 0, vector[..Stride]);
        ArrayPool<int>.Shared.Return(useful);
        return count;
    }

    public override int Score(ReadOnlySpan<int> items, Span<float> scores)
    {
        using PooledVector vector = new(Stride);
        int count = Embed(items, vector.Span);
        for (int item = 0; item < _model.ItemCount; item++)
            scores[item] = PairScore.Compute(vector.Span[.._model.EmbeddingDimension], _model.ItemEmbedding(item));
        if (_model.Neighbourhood is { } neighbourhood)
        {
            using PooledVector sums = new(_model.ItemCount);
            neighbourhood.Weights.Sum(items, sums.Span);
            TensorPrimitives.Add(scores[.._model.ItemCount], sums.Span, scores);
        }
        return count;
    }

    /// <summary>What an item of a new user's history of <paramref name="count"/> useful items adds to the score of an embedding.</summary>
    public float Contribution(int item, int count, ReadOnlySpan<float> embedding) =>
        ItemSubspace.InverseRoot(count) * PairScore.Compute(RowOf(_graph.Layout.ItemNode(item)), embedding);

    /// <summary>What each edge of a node adds to the inner product of its embedding and another, in the order of the edges.</summary>
    /// <param name="node">The node.</param>
    /// <param name="embedding">The other embedding.</param>
    /// <param name="first">Edges to nodes before this one are left out.</param>
    public List<ScorePart> Contributions(int node, ReadOnlySpan<float> embedding, int first = 0)
    {
        List<ScorePart> contributions = [];
        float[] other = embedding.ToArray();
        _graph.VisitEdges(node, (neighbour, value) =>
        {
            if (neighbour >= first)
                contributions.Add(new ScorePart(neighbour, _graph.InverseRootDegrees[node] * value * PairScore.Compute(RowOf(neighbour), other)));
        });
        return contributions;
    }

    /// <summary>How many times as long an item's embedding is in the model's scores as it comes out of the graph; 1 for zero.</summary>
    public float LengthFactor(int item)
    {
        int node = _graph.Layout.ItemNode(item);
        float[] propagated = new float[_model.EmbeddingDimension];
        TensorPrimitives.Multiply(_model.Embeddings.Base[node], _model.LayerWeights[0], propagated);
        _graph.VisitEdges(node, (neighbour, value) =>
            TensorPrimitives.MultiplyAdd(RowOf(neighbour), _graph.InverseRootDegrees[node] * value, propagated, propagated));
        float length = TensorPrimitives.Norm<float>(propagated);
        return length == 0 ? 1 : TensorPrimitives.Norm(_model.ItemEmbedding(item)) / length;
    }

    /// <summary>What an item of a history adds to its sum.</summary>
    public ReadOnlySpan<float> ItemRow(int item) => RowOf(_graph.Layout.ItemNode(item));

    private ReadOnlySpan<float> RowOf(int node) => _rows.Row(node - _firstNode);
}
