using System.Buffers;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>Selects items for many users: blocks of known users are scored as one matrix product, on all threads.</summary>
internal static class BlockSelection
{
    /// <summary>Users of a part: enough that starting threads costs nothing, few enough that memory does not grow with the users.</summary>
    public const int UsersPerPart = 1 << 14;

    // Whole register blocks.
    private const int MinimumUsers = 8;

    /// <param name="selection">How items are selected.</param>
    /// <param name="scorer">Scores blocks of users.</param>
    /// <param name="users">User indices; -1 for a user whom the model does not know.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="progress">Told after every block, on the thread that did it; null for nobody.</param>
    /// <param name="cancellationToken">Checked before every block.</param>
    /// <exception cref="ArgumentException">The table would not fit an array.</exception>
    public static SelectionTable Run(
        ItemSelection selection,
        IRankingModel scorer,
        int[] users,
        RecommendationOptions options,
        IProgress<RecommendationProgress>? progress,
        CancellationToken cancellationToken)
    {
        int length = Math.Min(options.Count, scorer.ItemCount);
        if ((long)users.Length * length > Array.MaxLength)
            throw new ArgumentException(
                $"{users.Length:N0} users x {length:N0} items don't fit an array of {Array.MaxLength:N0}: "
                + "choose a smaller Count, or fewer users at once.",
                nameof(users));
        SelectionTable table = new(
            length, new int[users.Length * length], new float[users.Length * length], new int[users.Length], new RecommendationSource[users.Length]);
        int block = UsersPerBlock(scorer, users.Length, options), completed = 0;
        using ThreadTeam team = new(options.NumberOfThreads ?? (options.Processes ?? ProcessGroup.Single).AutomaticThreadCount);
        team.Run((users.Length + block - 1) / block, chunk =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = chunk * block, count = Math.Min(block, users.Length - first);
            SelectBlock(selection, scorer, users.AsSpan(first, count), first, options, table);
            int done = Interlocked.Add(ref completed, count);
            progress?.Report(new RecommendationProgress(done, users.Length));
        });
        return table;
    }

    /// <summary>The lists of all users of a model, some thousands at a time.</summary>
    /// <param name="selection">How items are selected.</param>
    /// <param name="scorer">Scores blocks of users.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="progress">Told after every block, on the thread that did it; null for nobody.</param>
    /// <param name="cancellationToken">Checked before every block.</param>
    public static SelectionParts InParts(
        ItemSelection selection,
        IRankingModel scorer,
        RecommendationOptions options,
        IProgress<RecommendationProgress>? progress,
        CancellationToken cancellationToken) => new(PartCount(scorer.UserCount), UsersPerPart, part =>
        {
            int first = part * UsersPerPart;
            int[] users = [.. Enumerable.Range(first, Math.Min(UsersPerPart, scorer.UserCount - first))];
            IProgress<RecommendationProgress>? ofPart = progress is null ? null : new PartProgress(progress, first, scorer.UserCount);
            return Run(selection, scorer, users, options, ofPart, cancellationToken);
        });

    /// <summary>Number of parts of so many users.</summary>
    public static int PartCount(int userCount) => (userCount + UsersPerPart - 1) / UsersPerPart;

    private sealed class PartProgress(IProgress<RecommendationProgress> whole, int before, int userCount) : IProgress<RecommendationProgress>
    {
        public void Report(RecommendationProgress value) => whole.Report(new RecommendationProgress(before + value.CompletedUserCount, userCount));
    }

    /// <summary>Few enough users that there is a block for every thread; where items are scored in parts, as many as the cache has room for.</summary>
    private static int UsersPerBlock(IRankingModel model, int userCount, RecommendationOptions options)
    {
        if (model.Terms is null)
            return ItemRanking.UsersPerTile(model.ItemCount);
        int threads = options.NumberOfThreads ?? (options.Processes ?? ProcessGroup.Single).AutomaticThreadCount;
        return Math.Clamp((userCount / threads + MinimumUsers - 1) / MinimumUsers * MinimumUsers, MinimumUsers, ItemParts.MaximumUsers);
    }

    private static void SelectBlock(
        ItemSelection selection, IRankingModel model, ReadOnlySpan<int> users, int firstRow, RecommendationOptions options, SelectionTable table)
    {
        int[] rented = ArrayPool<int>.Shared.Rent(2 * users.Length);
        Span<int> scored = rented.AsSpan(0, users.Length), rows = rented.AsSpan(users.Length, users.Length);
        int count = 0;
        for (int u = 0; u < users.Length; u++)
        {
            int row = firstRow + u;
            if (selection.IsScoredInBlocks(users[u], options))
                (scored[count], rows[count++]) = (users[u], row);
            else
                (table.Counts[row], table.Sources[row]) = selection.Select(users[u], options, table.RoomForItems(row), table.RoomForScores(row));
        }
        if (count > 0 && model.Terms is { } terms)
            SelectByParts(selection, terms, scored[..count], rows, options, table);
        else if (count > 0)
            SelectByScores(selection, model, scored[..count], rows, options, table);
        ArrayPool<int>.Shared.Return(rented);
    }

    private static void SelectByScores(
        ItemSelection selection, IRankingModel model, ReadOnlySpan<int> users, ReadOnlySpan<int> rows, RecommendationOptions options, SelectionTable table)
    {
        int itemCount = model.ItemCount;
        float[] tile = ArrayPool<float>.Shared.Rent(users.Length * itemCount);
        model.ScoreItems(users, tile.AsSpan(0, users.Length * itemCount));
        for (int u = 0; u < users.Length; u++)
        {
            table.Counts[rows[u]] = selection.SelectScored(
                users[u], tile.AsSpan(u * itemCount, itemCount), options, table.RoomForItems(rows[u]), table.RoomForScores(rows[u]));
        }
        ArrayPool<float>.Shared.Return(tile);
    }

    private static void SelectByParts(
        ItemSelection selection, ScoreTerms terms, ReadOnlySpan<int> users, ReadOnlySpan<int> rows, RecommendationOptions options, SelectionTable table)
    {
        using ItemParts parts = new(terms, users);
        float[] tile = ArrayPool<float>.Shared.Rent(users.Length * parts.Count);
        for (int count = parts.Count; count > 0; count = parts.Count)
        {
            int first = parts.First;
            parts.Next(tile.AsSpan(0, users.Length * count), float.NegativeInfinity);
            for (int u = 0; u < users.Length; u++)
            {
                int row = rows[u];
                Span<float> scores = tile.AsSpan(u * count, count);
                selection.Excluded(users[u], options).Mask(scores, first);
                BestRows best = BestRows.Resume(table.RoomForItems(row), table.RoomForScores(row), table.Counts[row]);
                TopNSelection.Offer(ref best, scores, first);
                table.Counts[row] = best.Count;
            }
        }
        foreach (int row in rows[..users.Length])
        {
            Span<float> scores = table.RoomForScores(row);
            table.Counts[row] = ItemSelection.AtLeast(
                options.MinimumScore, scores, BestRows.Resume(table.RoomForItems(row), scores, table.Counts[row]).Finish());
        }
        ArrayPool<float>.Shared.Return(tile);
    }
}

/// <summary>Items selected for many users: a row of <paramref name="RowLength"/> places for each, filled from the front.</summary>
/// <param name="RowLength">The maximum number of items of a user.</param>
/// <param name="Items">Item indices, users x RowLength.</param>
/// <param name="Scores">Their scores.</param>
/// <param name="Counts">The number of items of each user.</param>
/// <param name="Sources">What each user's items were chosen by.</param>
internal sealed record SelectionTable(int RowLength, int[] Items, float[] Scores, int[] Counts, RecommendationSource[] Sources)
{
    /// <summary>All places for the items of a row.</summary>
    public Span<int> RoomForItems(int row) => Items.AsSpan(row * RowLength, RowLength);

    /// <summary>All places for their scores.</summary>
    public Span<float> RoomForScores(int row) => Scores.AsSpan(row * RowLength, RowLength);

    public ReadOnlySpan<int> ItemsOf(int row) => Items.AsSpan(row * RowLength, Counts[row]);

    public ReadOnlySpan<float> ScoresOf(int row) => Scores.AsSpan(row * RowLength, Counts[row]);
}
