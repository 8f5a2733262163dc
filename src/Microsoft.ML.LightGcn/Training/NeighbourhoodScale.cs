using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// Brings the weights from item to item to the scale of the embeddings' inner products, which has no unit: it follows from the data, the
/// dimension and how long training takes.
/// </summary>
internal static class NeighbourhoodScale
{
    // A thousandth of either deviation does not matter.
    private const int SampledUsers = 256;
    private const int UsersAtOnce = 16;

    private const double ManyInteractions = 35, LeastAutomatic = 0.15, GreatestAutomatic = 0.8;

    /// <summary>
    /// The neighbourhood whose scores have a standard deviation of <paramref name="relative"/> times that of the inner products, over a sample of
    /// the users who have interactions and all items that are known.
    /// </summary>
    /// <param name="weights">The weights, on any scale.</param>
    /// <param name="relative">The ratio; null for one that follows from how many pairs the weights say something of (docs/tuning.md).</param>
    /// <param name="embeddings">Scores by inner products.</param>
    /// <param name="history">Who chose what.</param>
    /// <param name="known">The users and items that have an embedding.</param>
    public static Neighbourhood Apply(SparseItemWeights weights, float? relative, IItemScorer embeddings, BipartiteGraph history, KnownNodes known)
    {
        int[] active = [.. Enumerable.Range(0, history.UserCount).Where(user => !history.ItemsOf(user).IsEmpty)];
        int count = Math.Min(SampledUsers, active.Length), items = history.ItemCount;
        int[] users = [.. Enumerable.Range(0, count).Select(n => active[(int)((long)n * active.Length / count)])];
        int[] candidates = [.. Enumerable.Range(0, items).Where(known.HasItem)];
        Moments inner = default, sparse = default;
        float[] scores = new float[UsersAtOnce * items], sums = new float[items];
        for (int first = 0; first < count; first += UsersAtOnce)
        {
            ReadOnlySpan<int> block = users.AsSpan(first, Math.Min(UsersAtOnce, count - first));
            embeddings.ScoreItems(block, scores.AsSpan(0, block.Length * items));
            for (int u = 0; u < block.Length; u++)
            {
                weights.Sum(history.ItemsOf(block[u]), sums);
                inner.Add(scores.AsSpan(u * items, items), candidates);
                sparse.Add(sums, candidates);
            }
        }
        double evidence = NeighbourRegressionSettings.MeanInteractions(history) / ManyInteractions;
        double ratio = relative ?? Math.Clamp(Math.Sqrt(sparse.ShareOfNonZero * evidence), LeastAutomatic, GreatestAutomatic);
        double scale = ratio * inner.Deviation / sparse.Deviation;
        SparseRows columns = weights.ByColumn;
        float[] scaled = new float[columns.Count];
        // Without a pair of items that have a user in common, or with embeddings that all score alike, there is nothing to bring to scale.
        if (double.IsFinite(scale))
            TensorPrimitives.Multiply(columns.Weights.Span, (float)scale, scaled);
        return new Neighbourhood(history, SparseItemWeights.FromColumns(columns with { Weights = scaled }));
    }

    private struct Moments
    {
        private double _sum, _squares;
        private long _count, _nonZero;

        public readonly double ShareOfNonZero => (double)_nonZero / _count;

        public readonly double Deviation => Math.Sqrt(Math.Max(0, _squares / _count - _sum / _count * (_sum / _count)));

        public void Add(ReadOnlySpan<float> scores, int[] items)
        {
            foreach (int item in items)
            {
                _sum += scores[item];
                _squares += (double)scores[item] * scores[item];
                _nonZero += scores[item] == 0 ? 0 : 1;
            }
            _count += items.Length;
        }
    }
}
