using System.Globalization;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>The similarities of items by their users: c_ij / (sqrt(d_i d_j) + shrinkage), c_ij the number of users of both.</summary>
internal sealed class ItemNeighbours(BipartiteGraph graph, int limit, float shrinkage, int threadCount, CancellationToken cancellationToken)
{
    private const int RowsPerChunk = 64;

    /// <summary>Counts how long every row will be, and then fills the rows in place.</summary>
    /// <param name="graph">The interactions.</param>
    /// <param name="limit">Number of most similar items that each item keeps.</param>
    /// <param name="shrinkage">Added to the denominator of the cosine.</param>
    /// <param name="threadCount">Number of threads; results do not depend on it.</param>
    /// <param name="cancellationToken">Checked before every chunk of rows.</param>
    /// <exception cref="ArgumentException">There are more similarities than an array holds.</exception>
    public static SparseRows Compute(BipartiteGraph graph, int limit, float shrinkage, int threadCount, CancellationToken cancellationToken) =>
        new ItemNeighbours(graph, limit, shrinkage, threadCount, cancellationToken).Compute();

    private SparseRows Compute()
    {
        int[] offsets = new int[graph.ItemCount + 1];
        using ThreadTeam team = new(threadCount);
        ForRows(team, (row, neighbours, _) => offsets[row] = Math.Min(limit, neighbours.Length));
        long total = 0;
        for (int row = 0; row < offsets.Length; row++)
        {
            long start = total;
            total += offsets[row];
            if (total > Array.MaxLength)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"The items have more than {Array.MaxLength:N0} similarities other than zero, "
                    + $"which an array can't hold. Choose a smaller NeighbourCount."));
            offsets[row] = (int)start;
        }
        int[] items = new int[total];
        float[] values = new float[total];
        ForRows(team, (row, neighbours, common) =>
        {
            Span<int> rowItems = items.AsSpan(offsets[row]..offsets[row + 1]);
            if (rowItems.Length < neighbours.Length)
                SelectMostSimilar(row, neighbours, common);
            neighbours[..rowItems.Length].CopyTo(rowItems);
            rowItems.Sort();
            for (int n = 0; n < rowItems.Length; n++)
                values[offsets[row] + n] = Similarity(row, rowItems[n], common[rowItems[n]]);
        });
        return new SparseRows(offsets, items, values);
    }

    /// <summary>What to do with a row, given the other items that have users in common with it, and how many each.</summary>
    private delegate void RowAction(int row, Span<int> neighbours, int[] commonUsers);

    private void ForRows(ThreadTeam team, RowAction action) =>
        team.Run((graph.ItemCount + RowsPerChunk - 1) / RowsPerChunk, chunk =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] common = new int[graph.ItemCount], neighbours = new int[graph.ItemCount];
            int end = Math.Min(graph.ItemCount, (chunk + 1) * RowsPerChunk);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                int count = 0;
                foreach (int user in graph.UsersOf(row))
                {
                    foreach (int item in graph.ItemsOf(user))
                    {
                        // Written always and kept only if it is new and another item: no branch to mispredict.
                        neighbours[count] = item;
                        count += common[item]++ == 0 && item != row ? 1 : 0;
                    }
                }
                action(row, neighbours.AsSpan(0, count), common);
                foreach (int item in neighbours.AsSpan(0, count))
                    common[item] = 0;
                common[row] = 0;
            }
        });

    private float Similarity(int left, int right, int commonUsers) =>
        (float)(commonUsers / (Math.Sqrt((double)graph.UsersOf(left).Length * graph.UsersOf(right).Length) + shrinkage));

    /// <summary>Sorts the neighbours, the most similar first, equals by index.</summary>
    private void SelectMostSimilar(int row, Span<int> neighbours, int[] common)
    {
        // Positive floats compare as their bits do, so one integer holds the whole order.
        ulong[] order = new ulong[neighbours.Length];
        for (int n = 0; n < order.Length; n++)
            order[n] = (ulong)~BitConverter.SingleToUInt32Bits(Similarity(row, neighbours[n], common[neighbours[n]])) << 32 | (uint)neighbours[n];
        order.AsSpan().Sort();
        for (int n = 0; n < order.Length; n++)
            neighbours[n] = (int)(uint)order[n];
    }
}
