using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// Reasons of LightGCN. It is linear, so that a score is exactly a sum: what the user's own layer-0 embedding gives, and what each item and attribute
/// gives along its edge and, an item, by its weight for the other.
/// </summary>
internal sealed class EmbeddingExplainer(LightGcnModelParameters model, HeterogeneousGraph graph, EmbeddingFoldIn? foldIn) : IExplainer
{
    public ScoreParts Explain(int user, int item)
    {
        ReadOnlySpan<float> embedding = model.ItemEmbedding(item);
        float own = model.LayerWeights[0] * PairScore.Compute(model.Embeddings.Base[user], embedding);
        ScoreParts parts = new(model.Score(user, item), own, []);
        if (foldIn is null)
            return parts with { History = WeightsAlone(user, item) };
        List<ScorePart> edges = foldIn.Contributions(user, embedding);
        return parts with
        {
            History = [.. edges.Where(edge => !graph.Layout.IsAttribute(edge.Index))
                .Select(edge => FromItem(graph.Layout.ItemOf(edge.Index), item, edge.Contribution))],
            UserAttributes = [.. edges.Where(edge => graph.Layout.IsAttribute(edge.Index))],
            ItemAttributes = AttributesOf(item, model.UserEmbedding(user)),
        };
    }

    public ScoreParts Explain(ReadOnlySpan<int> chosen, int item)
    {
        ReadOnlySpan<float> embedding = model.ItemEmbedding(item);
        using PooledVector user = new(foldIn!.Stride);
        int count = foldIn.Embed(chosen, user.Span);
        List<ScorePart> history = new(count);
        foreach (int one in chosen)
        {
            if (foldIn.IsUseful(one))
                history.Add(FromItem(one, item, foldIn.Contribution(one, count, embedding)));
        }
        ReadOnlySpan<float> vector = user.Span[..embedding.Length];
        float score = ((IRankingModel)model).Known.HasItem(item)
            ? PairScore.Compute(vector, embedding) + (model.Neighbourhood?.Weights.Score(chosen, item) ?? 0)
            : float.NaN;
        return new ScoreParts(score, 0, history) { ItemAttributes = AttributesOf(item, vector) };
    }

    private ScorePart FromItem(int seen, int item, float alongEdge) => new(seen, alongEdge + model.GetNeighbourWeight(seen, item));

    private List<ScorePart> WeightsAlone(int user, int item)
    {
        List<ScorePart> parts = [];
        if (model.Neighbourhood is null)
            return parts;
        foreach (int seen in graph.Interactions.ItemsOf(user))
            parts.Add(FromItem(seen, item, 0));
        return parts;
    }

    /// <summary>What the attributes of an item add to its score for a user's embedding.</summary>
    private List<ScorePart> AttributesOf(int item, ReadOnlySpan<float> user)
    {
        if (!graph.HasItemAttributes)
            return [];
        float factor = foldIn!.LengthFactor(item);
        return [.. foldIn.Contributions(graph.Layout.ItemNode(item), user, graph.Layout.FirstAttribute)
            .Select(edge => edge with { Contribution = factor * edge.Contribution })];
    }
}
