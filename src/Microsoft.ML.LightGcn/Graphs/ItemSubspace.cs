using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// Subspace iteration (Halko, Martinsson and Tropp, 2011) on the normalised interaction matrix R~ = D_u^-1/2 R D_i^-1/2: a random
/// table of items is multiplied by R~^T R~ and its columns are made orthonormal, again and again. The more often, the closer the
/// columns come to the leading right singular vectors; the fewer, the more they keep of all the others.
/// </summary>
internal static class ItemSubspace
{
    /// <summary>Runs the iteration.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="columns">The columns, of which this process has some. Those beyond the rank of the matrix become zero.</param>
    /// <param name="iterationCount">Number of multiplications by R~^T R~.</param>
    /// <param name="seed">Seed of the random table.</param>
    /// <param name="team">The threads; results do not depend on their number.</param>
    /// <param name="cancellationToken">Checked before every multiplication.</param>
    /// <returns>This process's columns of W, whose columns are orthonormal; a row an item.</returns>
    public static Matrix Compute(
        BipartiteGraph graph, ColumnShare columns, int iterationCount, int seed, ThreadTeam team, CancellationToken cancellationToken)
    {
        (Matrix items, Matrix users, RowChunks chunks) = columns.Processes.Together(() => (
            new Matrix(graph.ItemCount, columns.Count), new Matrix(graph.UserCount, columns.Count), new RowChunks(new HeterogeneousGraph(graph))));
        int end = columns.First + columns.Count;
        for (int item = 0; item < graph.ItemCount; item++)
        {
            RandomStream random = new(seed, RandomPurpose.Subspace, item);
            Span<float> row = items.Row(item);
            for (int k = 0; k < end; k++)
            {
                float value = (float)(2 * random.NextDouble() - 1);
                if (k >= columns.First)
                    row[k - columns.First] = value;
            }
        }
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            columns.Processes.Together(cancellationToken.ThrowIfCancellationRequested);
            ScaleItems(graph, chunks, items, team);
            HopToUsers(graph, chunks, items, users, degree => 1f / degree, team);
            HopToItems(users, items);
            TallMatrix.Orthonormalize(items, columns, team);
        }
        // Once more for what rounding in the first left.
        TallMatrix.Orthonormalize(items, columns, team);
        return items;

        void HopToItems(Matrix from, Matrix to) => team.Run(chunks.Count, chunk =>
        {
            for (int node = Math.Max(graph.UserCount, chunks.Start(chunk)); node < chunks.End(chunk); node++)
                Sum(graph.UsersOf(node - graph.UserCount), from, InverseRoot(graph.UsersOf(node - graph.UserCount).Length), to, node - graph.UserCount);
        });
    }

    /// <summary>R~ times a table of items: a row a user.</summary>
    public static Matrix ToUsers(BipartiteGraph graph, Matrix items, ThreadTeam team)
    {
        RowChunks chunks = new(new HeterogeneousGraph(graph));
        Matrix scaled = new(graph.ItemCount, items.ColumnCount), users = new(graph.UserCount, items.ColumnCount);
        items.Padded.CopyTo(scaled.Padded);
        ScaleItems(graph, chunks, scaled, team);
        HopToUsers(graph, chunks, scaled, users, InverseRoot, team);
        return users;
    }

    private static void ScaleItems(BipartiteGraph graph, RowChunks chunks, Matrix table, ThreadTeam team) => team.Run(chunks.Count, chunk =>
    {
        for (int node = Math.Max(graph.UserCount, chunks.Start(chunk)); node < chunks.End(chunk); node++)
            ScaleRow(table, node - graph.UserCount, InverseRoot(graph.UsersOf(node - graph.UserCount).Length));
    });

    private static void HopToUsers(
        BipartiteGraph graph, RowChunks chunks, Matrix from, Matrix to, Func<int, float> scale, ThreadTeam team) => team.Run(chunks.Count, chunk =>
    {
        for (int user = chunks.Start(chunk); user < Math.Min(graph.UserCount, chunks.End(chunk)); user++)
            Sum(graph.ItemsOf(user), from, scale(graph.ItemsOf(user).Length), to, user);
    });

    /// <summary>Multiplies a row in place.</summary>
    public static void ScaleRow(Matrix table, int row, float factor) => GatherSum.Scale(table.PaddedRow(row), factor, table.PaddedRow(row));

    /// <summary>d^-1/2; 0 for a node without interactions.</summary>
    public static float InverseRoot(int degree) => degree == 0 ? 0 : (float)(1 / Math.Sqrt(degree));

    // Without neighbours the sum is zero, whatever its scale.
    private static void Sum(ReadOnlySpan<int> neighbours, Matrix from, float scale, Matrix to, int row) =>
        GatherSum.Compute(neighbours, default, from.Padded, neighbours.IsEmpty ? 0 : scale, default, 0, to.PaddedRow(row));
}
