using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Kernels;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Full ranking: the rank of every held-out item among all items that the user has not seen, by the scores of a model. The
/// rank is the number of items that score higher, plus half of the other items that score the same, so that a constant scorer
/// gets a middling rank.
/// </summary>
internal static class ItemRanking
{
    // A tile of scores stays in the second-level cache between scoring and counting.
    private const int TileScores = 1 << 18;
    private const int LeastUsers = 8;
    private const int MostUsers = 256;

    /// <summary>The rank of each held-out interaction, 0 for the best, in the order of <paramref name="heldOut"/>.</summary>
    /// <exception cref="InvalidOperationException">A score is NaN or infinite.</exception>
    public static double[] Rank(IItemScorer scorer, HeldOutInteractions heldOut, BipartiteGraph? seen, int threadCount, CancellationToken cancellationToken)
    {
        double[] ranks = new double[heldOut.InteractionCount];
        int block = UsersPerTile(scorer.ItemCount);
        using ThreadTeam team = new(threadCount);
        team.Run((heldOut.UserCount + block - 1) / block, chunk =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = chunk * block, count = Math.Min(block, heldOut.UserCount - first);
            float[] tile = ArrayPool<float>.Shared.Rent(count * scorer.ItemCount);
            scorer.ScoreItems(heldOut.Users.Slice(first, count), tile.AsSpan(0, count * scorer.ItemCount));
            for (int u = 0; u < count; u++)
                RankUser(heldOut, first + u, seen, tile.AsSpan(u * scorer.ItemCount, scorer.ItemCount), ranks);
            ArrayPool<float>.Shared.Return(tile);
        });
        return ranks;
    }

    /// <summary>Users to score at once: whole register blocks of them, and a tile of scores that fits the cache if it can.</summary>
    internal static int UsersPerTile(int itemCount) => Math.Clamp(TileScores / itemCount / LeastUsers * LeastUsers, LeastUsers, MostUsers);

    private static void RankUser(HeldOutInteractions heldOut, int position, BipartiteGraph? seen, Span<float> scores, double[] ranks)
    {
        int user = heldOut.Users[position];
        CheckFinite(scores, user);
        if (seen is not null)
        {
            foreach (int item in seen.ItemsOf(user))
                scores[item] = float.NegativeInfinity;
        }
        int start = heldOut.Offsets[position];
        foreach (int item in heldOut.ItemsOf(position))
        {
            (int greater, int equal) = RankCount.Compute(scores, scores[item]);
            ranks[start++] = greater + (equal - 1) / 2.0;
        }
    }

    private static void CheckFinite(ReadOnlySpan<float> scores, int user)
    {
        if (TensorPrimitives.IsFiniteAll(scores))
            return;
        int item = 0;
        while (float.IsFinite(scores[item]))
            item++;
        throw new InvalidOperationException($"The model's score for user key {user + 1} and item key {item + 1} is {scores[item]}: expected a finite number. Such a score has no rank.");
    }
}
