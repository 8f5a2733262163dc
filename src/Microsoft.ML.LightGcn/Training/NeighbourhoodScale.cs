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

    private const double FewInteractions = 20, RatioAtFew = 0.65, Growth = 0.6, LeastAutomatic = 0.1, GreatestAutomatic = 0.8;

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
        int[] users = SampledUsersOf(history);
        bool[] isKnown = KnownItems(known, history.ItemCount);
        int items = isKnown.Length;
        // Scores are summed up by segments of items, so that those of several processes come to the same.
        Moments[] inner = new Moments[ColumnShare.SegmentCount(items)];
        float[] scores = new float[UsersAtOnce * items];
        foreach (int[] block in users.Chunk(UsersAtOnce))
        {
            embeddings.ScoreItems(block, scores.AsSpan(0, block.Length * items));
            for (int u = 0; u < block.Length; u++)
            {
                for (int segment = 0; segment < inner.Length; segment++)
                {
                    (int first, int segmentItems) = ColumnShare.RowsOf(segment, items);
                    inner[segment].Add(scores.AsSpan(u * items + first, segmentItems), isKnown.AsSpan(first, segmentItems));
                }
            }
        }
        return Apply(weights, relative, Moments.Sum(inner), users, history, isKnown);
    }

    /// <summary>The same of embeddings that no process has all of: each scores some segments of items.</summary>
    /// <param name="weights">The weights, on any scale.</param>
    /// <param name="relative">The ratio; null for one that follows from how many pairs the weights say something of.</param>
    /// <param name="rows">The embeddings.</param>
    /// <param name="plan">The graph, and the number of threads.</param>
    /// <param name="processes">The processes.</param>
    public static Neighbourhood Apply(SparseItemWeights weights, float? relative, TrainedRows rows, TrainingPlan plan, ProcessGroup processes)
    {
        int[] users = SampledUsersOf(plan.Interactions);
        bool[] isKnown = KnownItems(plan.Known, rows.Layout.ItemCount);
        int dimension = rows.Dimension, items = rows.Layout.ItemCount, segments = ColumnShare.SegmentCount(items), next = 0;
        float[] vectors = new float[users.Length * dimension];
        for (int u = 0; u < users.Length; u++)
        {
            Memory<float> vector = vectors.AsMemory(u * dimension, dimension);
            rows.Read(TrainingTable.Propagated, users[u], 1, row => row.CopyTo(vector));
        }
        Moments[] own = new Moments[(segments + processes.Count - 1 - processes.Rank) / processes.Count];
        using ThreadTeam team = new(plan.Settings.ThreadCount);
        rows.Read(TrainingTable.Propagated, rows.Layout.FirstItem, items, part =>
        {
            int first = next;
            next += ColumnShare.SegmentCount(part.Length / dimension);
            team.Run(next - first, n =>
            {
                if ((first + n) % processes.Count == processes.Rank)
                    own[(first + n) / processes.Count] = MomentsOf(first + n, part.Span[(n * ColumnShare.RowsPerSegment * dimension)..]);
            });
        });
        int[] counts = [.. Enumerable.Range(0, processes.Count).Select(rank => (segments + processes.Count - 1 - rank) / processes.Count)];
        Moments[] all = new Moments[segments], inOrder = new Moments[segments];
        processes.Gather<Moments>(own, all, counts);
        for (int rank = 0, start = 0; rank < counts.Length; start += counts[rank++])
        {
            for (int n = 0; n < counts[rank]; n++)
                inOrder[n * processes.Count + rank] = all[start + n];
        }
        return Apply(weights, relative, Moments.Sum(inOrder), users, plan.Interactions, isKnown);

        Moments MomentsOf(int segment, ReadOnlySpan<float> itemRows)
        {
            (int first, int count) = ColumnShare.RowsOf(segment, items);
            Moments moments = default;
            Span<float> scores = stackalloc float[ColumnShare.RowsPerSegment];
            for (int u = 0; u < users.Length; u++)
            {
                for (int n = 0; n < count; n++)
                    scores[n] = PairScore.Compute(vectors.AsSpan(u * dimension, dimension), itemRows.Slice(n * dimension, dimension));
                moments.Add(scores[..count], isKnown.AsSpan(first, count));
            }
            return moments;
        }
    }

    private static Neighbourhood Apply(
        SparseItemWeights weights, float? relative, Moments inner, int[] users, BipartiteGraph history, bool[] isKnown)
    {
        Moments sparse = default;
        float[] sums = new float[history.ItemCount];
        foreach (int user in users)
        {
            weights.Sum(history.ItemsOf(user), sums);
            sparse.Add(sums, isKnown);
        }
        double evidence = Math.Max(1, NeighbourRegressionSettings.MeanInteractions(history) / FewInteractions);
        double ofNonZero = RatioAtFew * Math.Pow(evidence, Growth);
        double ratio = relative ?? Math.Clamp(ofNonZero * Math.Sqrt(sparse.ShareOfNonZero), LeastAutomatic, GreatestAutomatic);
        double scale = ratio * inner.Deviation / sparse.Deviation;
        // Without a pair of items that have a user in common, or with embeddings that all score alike, there is nothing to bring to scale.
        return new Neighbourhood(history, weights.Times(double.IsFinite(scale) ? (float)scale : 0));
    }

    private static bool[] KnownItems(KnownNodes known, int itemCount)
    {
        bool[] isKnown = new bool[itemCount];
        Array.Fill(isKnown, true);
        foreach (int item in known.UnknownItems)
            isKnown[item] = false;
        return isKnown;
    }

    /// <summary>The users whose scores give the scale, ascending: some hundreds of those who have interactions, evenly spread.</summary>
    public static int[] SampledUsersOf(BipartiteGraph history)
    {
        int[] active = [.. Enumerable.Range(0, history.UserCount).Where(user => !history.ItemsOf(user).IsEmpty)];
        int count = Math.Min(SampledUsers, active.Length);
        return [.. Enumerable.Range(0, count).Select(n => active[(int)((long)n * active.Length / count)])];
    }

    private struct Moments
    {
        private double _sum, _squares;
        private long _count, _nonZero;

        public readonly double ShareOfNonZero => (double)_nonZero / _count;

        public readonly double Deviation => Math.Sqrt(Math.Max(0, _squares / _count - _sum / _count * (_sum / _count)));

        public void Add(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isKnown)
        {
            for (int item = 0; item < scores.Length; item++)
            {
                if (!isKnown[item])
                    continue;
                _sum += scores[item];
                _squares += (double)scores[item] * scores[item];
                _nonZero += scores[item] == 0 ? 0 : 1;
                _count++;
            }
        }

        public static Moments Sum(Moments[] parts)
        {
            Moments sum = default;
            foreach (ref readonly Moments part in parts.AsSpan())
            {
                sum._sum += part._sum;
                sum._squares += part._squares;
                sum._count += part._count;
                sum._nonZero += part._nonZero;
            }
            return sum;
        }
    }
}
