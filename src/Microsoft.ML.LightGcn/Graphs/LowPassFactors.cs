using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The leading right singular vectors of the normalised interaction matrix R~ = D_u^-1/2 R D_i^-1/2, its smoothest signals on
/// the graph: the subspace of <see cref="ItemSubspace"/>, rotated to its principal axes.
/// </summary>
internal static class LowPassFactors
{
    /// <summary>Items x dimension: row i is V_i / sqrt(d_i), where V_i is the row of item i in the singular vectors.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="dimension">Number of singular vectors.</param>
    /// <param name="oversampling">Number of further vectors that are iterated and dropped in the end.</param>
    /// <param name="iterationCount">Number of multiplications by R~^T R~.</param>
    /// <param name="seed">Seed of the random table.</param>
    /// <param name="team">The threads; results do not depend on their number.</param>
    /// <param name="cancellationToken">Checked before every multiplication.</param>
    public static Matrix Compute(
        BipartiteGraph graph, int dimension, int oversampling, int iterationCount, int seed, ThreadTeam team, CancellationToken cancellationToken)
    {
        int width = Matrix.StrideOf(dimension + oversampling);
        Matrix items = ItemSubspace.Compute(graph, new ColumnShare(width), iterationCount, seed, team, cancellationToken);
        double[] axes = TallMatrix.PrincipalAxes(ItemSubspace.ToUsers(graph, items, team), team);
        // Beyond the dimension there is only padding, which stays zero.
        axes.AsSpan(dimension * width).Clear();
        Matrix factors = new(graph.ItemCount, dimension);
        TallMatrix.Combine(items, axes, factors, team);
        for (int item = 0; item < graph.ItemCount; item++)
            ItemSubspace.ScaleRow(factors, item, ItemSubspace.InverseRoot(graph.UsersOf(item).Length));
        return factors;
    }
}
