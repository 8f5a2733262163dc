using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Evaluation;

/// <summary>
/// Full ranking: the rank of every held-out item among all items that the user has not seen and that are not excluded, by the
/// scores of a model. The rank is the number of items that score higher, plus half of the other items that score the same, so that a constant scorer
/// gets a middling rank. An item or a user that the model knows nothing of is no recommendation, in whatever cutoff: the rank is infinite.
/// </summary>
internal static class ItemRanking
{
    // Eight users at a time would stream all items from memory for every eight; a larger tile of scores reads each item once for more of them.
    // Where there are so many items that no tile fits a cache, their rows cost more than the tile does.
    private const int TileScores = 1 << 21, LargestTileScores = 1 << 23;
    private const int MinimumUsers = 8, ManyUsers = 32, MaximumUsers = 256;

    /// <summary>Ranks every held-out item, and averages the metrics.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="heldOut">What is held out of at least one user, and which items are not ranked.</param>
    /// <param name="seen">Items that are never recommended to a user; null when there are none.</param>
    /// <param name="cutoffs">Cutoffs, distinct and ascending.</param>
    /// <param name="withCatalogue">Whether to select the best items of each user too.</param>
    /// <param name="threadCount">Number of threads; results do not depend on it.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <param name="known">What a scorer knows that scores everything; null for all, or where the scorer itself writes NaN for the rest.</param>
    /// <param name="missingRankLast">Whether any scorer's NaN says that it knows nothing of the pair, as an <see cref="IPartialScorer"/>'s does.</param>
    /// <param name="processes">The processes that share the users out among them, each with the same scorer; null for this one alone.</param>
    /// <exception cref="InvalidOperationException">A score is infinite, or NaN where the scorer is none that says so of what it does not know.</exception>
    public static TopNMetrics Evaluate(
        IItemScorer scorer,
        HeldOutInteractions heldOut,
        BipartiteGraph? seen,
        int[] cutoffs,
        bool withCatalogue,
        int threadCount,
        CancellationToken cancellationToken,
        KnownNodes? known = null,
        bool missingRankLast = false,
        ProcessGroup? processes = null)
    {
        known ??= KnownNodes.All;
        processes ??= ProcessGroup.Single;
        int itemCount = scorer.ItemCount;
        double[] ranks = new double[heldOut.InteractionCount];
        if (scorer is IItemRanker ranker && !withCatalogue && heldOut.ExcludedItems.IsEmpty)
        {
            ranker.Rank(heldOut, seen, known.UnknownItems, ranks, cancellationToken);
            PutUnknownLast(heldOut, known, ranks);
            return new TopNMetrics(heldOut, ranks, cutoffs);
        }
        long[][] exposure = withCatalogue ? Array.ConvertAll(cutoffs, _ => new long[itemCount]) : [];
        (int firstUser, int endUser) = processes.OwnShareOf(heldOut.UserCount);
        bool isPartial = missingRankLast || scorer is IPartialScorer;
        PartRanking? byParts = scorer is ITermScorer { Terms: { } terms }
            ? new(known.IsAll ? terms : terms with { Known = known }, heldOut, seen, cutoffs, ranks, exposure, isPartial)
            : null;
        if (!known.IsAll)
            (scorer, isPartial) = (new MarkedScorer(scorer, known), true);
        int block = byParts is null ? UsersPerTile(itemCount) : byParts.UsersPerBlock((endUser - firstUser) / threadCount);
        processes.Together(() =>
        {
            using ThreadTeam team = new(threadCount);
            team.Run((endUser - firstUser + block - 1) / block, RankBlock);
        });
        if (processes.Count > 1)
            GatherShares(heldOut, processes, ranks, exposure);
        return new TopNMetrics(
            heldOut, ranks, cutoffs,
            withCatalogue ? Array.ConvertAll(exposure, counts => CatalogueMetrics.FromExposure(counts, itemCount - heldOut.ExcludedItems.Length, seen)) : null);

        void RankBlock(int chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = firstUser + chunk * block, count = Math.Min(block, endUser - first);
            if (byParts is not null)
            {
                byParts.RankBlock(first, count);
                return;
            }
            float[] tile = ArrayPool<float>.Shared.Rent(count * itemCount);
            scorer.ScoreItems(heldOut.Users.Slice(first, count), tile.AsSpan(0, count * itemCount));
            for (int u = 0; u < count; u++)
            {
                Span<float> scores = tile.AsSpan(u * itemCount, itemCount);
                CheckFinite(scores, heldOut.Users[first + u], isPartial);
                RankUser(heldOut, first + u, seen, scores, ranks);
                if (withCatalogue)
                    CountExposure(scores, cutoffs, exposure);
            }
            ArrayPool<float>.Shared.Return(tile);
        }
    }

    /// <summary>Joins what each process found of its users.</summary>
    private static void GatherShares(HeldOutInteractions heldOut, ProcessGroup processes, double[] ranks, long[][] exposure)
    {
        int[] counts = new int[processes.Count];
        for (int rank = 0; rank < counts.Length; rank++)
        {
            (int first, int end) = processes.ShareOf(heldOut.UserCount, rank);
            counts[rank] = heldOut.Offsets[end] - heldOut.Offsets[first];
        }
        int start = heldOut.Offsets[processes.OwnShareOf(heldOut.UserCount).First];
        processes.Gather<double>(ranks.AsSpan(start, counts[processes.Rank]), ranks, counts);
        foreach (long[] own in exposure)
        {
            long[] other = new long[own.Length], sum = new long[own.Length];
            for (int rank = 0; rank < counts.Length; rank++)
            {
                own.CopyTo(other, 0);
                processes.Broadcast<long>(other, rank);
                TensorPrimitives.Add<long>(sum, other, sum);
            }
            sum.CopyTo(own, 0);
        }
    }

    /// <summary>Users to score at once: whole register blocks of them, and a tile of scores that fits the cache if it can.</summary>
    internal static int UsersPerTile(int itemCount) =>
        Math.Clamp(Math.Max(UsersIn(TileScores, itemCount), Math.Min(ManyUsers, UsersIn(LargestTileScores, itemCount))), MinimumUsers, MaximumUsers);

    private static int UsersIn(int scores, int itemCount) => scores / itemCount / MinimumUsers * MinimumUsers;

    private static void PutUnknownLast(HeldOutInteractions heldOut, KnownNodes known, double[] ranks)
    {
        for (int position = 0, place = 0; position < heldOut.UserCount && !known.IsAll; position++)
        {
            bool isUser = known.HasUser(heldOut.Users[position]);
            foreach (int item in heldOut.ItemsOf(position))
            {
                if (!isUser || !known.HasItem(item))
                    ranks[place] = double.PositiveInfinity;
                place++;
            }
        }
    }

    private static void RankUser(HeldOutInteractions heldOut, int position, BipartiteGraph? seen, Span<float> scores, double[] ranks)
    {
        new ExcludedRows(seen is null ? default : seen.ItemsOf(heldOut.Users[position]), heldOut.ExcludedItems).Mask(scores);
        int start = heldOut.Offsets[position];
        foreach (int item in heldOut.ItemsOf(position))
        {
            float score = scores[item];
            (int greater, int equal) = RankCount.Compute(scores, score);
            ranks[start++] = float.IsNegativeInfinity(score) ? double.PositiveInfinity : greater + (equal - 1) / 2.0;
        }
    }

    private static void CountExposure(ReadOnlySpan<float> scores, int[] cutoffs, long[][] exposure)
    {
        int n = Math.Min(cutoffs[^1], scores.Length);
        int[] items = ArrayPool<int>.Shared.Rent(n);
        float[] itemScores = ArrayPool<float>.Shared.Rent(n);
        int count = TopNSelection.Select(scores, items.AsSpan(0, n), itemScores);
        for (int k = 0; k < cutoffs.Length; k++)
        {
            foreach (int item in items.AsSpan(0, Math.Min(cutoffs[k], count)))
                Interlocked.Increment(ref exposure[k][item]);
        }
        ArrayPool<float>.Shared.Return(itemScores);
        ArrayPool<int>.Shared.Return(items);
    }

    /// <summary>Checks scores of a user; NaN becomes negative infinity where a scorer may say nothing.</summary>
    /// <param name="scores">The scores of neighbouring items.</param>
    /// <param name="user">User index.</param>
    /// <param name="isPartial">Whether NaN is no error.</param>
    /// <param name="firstItem">The item of the first score.</param>
    /// <exception cref="InvalidOperationException">A score is not finite.</exception>
    internal static void CheckFinite(Span<float> scores, int user, bool isPartial = false, int firstItem = 0)
    {
        const string Option = $"{nameof(TopNEvaluationOptions)}.{nameof(TopNEvaluationOptions.MissingScoresRankLast)}";
        if (TensorPrimitives.IsFiniteAll<float>(scores))
            return;
        for (int item = 0; item < scores.Length; item++)
        {
            if (float.IsFinite(scores[item]))
                continue;
            if (!isPartial || !float.IsNaN(scores[item]))
            {
                string pair = $"user key {user + 1} and item key {firstItem + item + 1}";
                string hint = float.IsNaN(scores[item])
                    ? $" Set {Option} where NaN means that nothing is known of the pair."
                    : "";
                throw new InvalidOperationException(
                    $"The model's score for {pair} is {scores[item]}: expected a finite number. Such a score has no rank.{hint}");
            }
            scores[item] = float.NegativeInfinity;
        }
    }
}
