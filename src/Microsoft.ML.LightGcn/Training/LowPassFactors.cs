using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Kernels;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// The leading right singular vectors of the normalised interaction matrix R~ = D_u^-1/2 R D_i^-1/2: its smoothest signals on
/// the graph. By subspace iteration (Halko, Martinsson and Tropp, 2011): a random table is multiplied by R~^T R~ and
/// orthonormalised again and again, and rotated to its principal axes in the end.
/// </summary>
internal static unsafe class LowPassFactors
{
    /// <summary>Items x dimension: row i is V_i / sqrt(d_i), where V_i is the row of item i in the singular vectors.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="dimension">Number of singular vectors.</param>
    /// <param name="oversampling">Number of further vectors that are iterated and dropped in the end.</param>
    /// <param name="iterationCount">Number of multiplications by R~^T R~.</param>
    /// <param name="seed">Seed of the random table.</param>
    /// <param name="team">The threads; results do not depend on their number.</param>
    /// <param name="cancellationToken">Checked before every multiplication.</param>
    public static EmbeddingTable Compute(BipartiteGraph graph, int dimension, int oversampling, int iterationCount, int seed, ThreadTeam team, CancellationToken cancellationToken)
    {
        int width = EmbeddingTable.StrideOf(dimension + oversampling);
        EmbeddingTable items = new(graph.ItemCount, width), users = new(graph.UserCount, width), scratch = new(graph.ItemCount, width);
        RowChunks chunks = new(graph);
        for (int item = 0; item < graph.ItemCount; item++)
        {
            RandomStream random = new(seed, RandomPurpose.Subspace, item);
            foreach (ref float value in items.Row(item))
                value = (float)(2 * random.NextDouble() - 1);
        }
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ScaleItems(items);
            HopToUsers(items, users, degree => 1f / degree);
            HopToItems(users, items);
            ColumnSpace.Orthonormalize(items, scratch, team);
        }
        // Once more for what rounding in the first left.
        ColumnSpace.Orthonormalize(items, scratch, team);
        items.Padded.CopyTo(scratch.Padded);
        ScaleItems(scratch);
        HopToUsers(scratch, users, InverseRoot);
        EmbeddingTable factors = new(graph.ItemCount, dimension);
        ColumnSpace.Combine(items, LeadingRows(ColumnSpace.PrincipalAxes(users, team)), factors, team);
        ScaleItems(factors);
        return factors;

        void ScaleItems(EmbeddingTable table) => team.Run(chunks.Count, chunk =>
        {
            for (int node = Math.Max(graph.UserCount, chunks.Start(chunk)); node < chunks.End(chunk); node++)
            {
                float* row = table.Pointer + (nint)(node - graph.UserCount) * table.Stride;
                NeighbourSum.Compute(null, 0, null, table.Stride, 0, row, InverseRoot(graph.UsersOf(node - graph.UserCount).Length), row);
            }
        });

        void HopToUsers(EmbeddingTable from, EmbeddingTable to, Func<int, float> scale) => team.Run(chunks.Count, chunk =>
        {
            for (int user = chunks.Start(chunk); user < Math.Min(graph.UserCount, chunks.End(chunk)); user++)
                Sum(graph.ItemsOf(user), from, scale(graph.ItemsOf(user).Length), to, user);
        });

        void HopToItems(EmbeddingTable from, EmbeddingTable to) => team.Run(chunks.Count, chunk =>
        {
            for (int node = Math.Max(graph.UserCount, chunks.Start(chunk)); node < chunks.End(chunk); node++)
                Sum(graph.UsersOf(node - graph.UserCount), from, InverseRoot(graph.UsersOf(node - graph.UserCount).Length), to, node - graph.UserCount);
        });

        // Beyond the dimension there is only padding, which stays zero.
        double[] LeadingRows(double[] axes)
        {
            axes.AsSpan(dimension * width).Clear();
            return axes;
        }
    }

    /// <summary>d^-1/2; 0 for a node without interactions.</summary>
    public static float InverseRoot(int degree) => degree == 0 ? 0 : (float)(1 / Math.Sqrt(degree));

    private static void Sum(ReadOnlySpan<int> neighbours, EmbeddingTable from, float scale, EmbeddingTable to, int row)
    {
        // Without neighbours the sum is zero, whatever its scale.
        fixed (int* indices = neighbours)
            NeighbourSum.Compute(indices, neighbours.Length, from.Pointer, from.Stride, neighbours.IsEmpty ? 0 : scale, null, 0, to.Pointer + (nint)row * to.Stride);
    }
}
