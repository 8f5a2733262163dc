using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// EASE (Steck, 2019) with user weights and item scales (Park et al., 2025) and denoising (Steck, 2020). X is the binary users x items
/// matrix, G = X^T diag(d_u^-beta) X, P = (G + diag(ridge))^-1, B_ij = -P_ij / P_jj, B_ii = 0, whatever the ridge of each item.
/// </summary>
internal static class EaseWeights
{
    private const int RowsPerChunk = 16;

    /// <summary>The weights B, a row for each item of a history.</summary>
    /// <param name="graph">The interactions.</param>
    /// <param name="settings">Lambda, beta, alpha and p.</param>
    /// <param name="threadCount">Number of threads; results do not depend on it.</param>
    /// <param name="cancellationToken">Checked before every chunk of rows.</param>
    /// <exception cref="ArithmeticException">Lambda is too small to invert the matrix in float32.</exception>
    public static Matrix Compute(BipartiteGraph graph, EaseSettings settings, int threadCount, CancellationToken cancellationToken)
    {
        int count = graph.ItemCount;
        float[] userWeights = UserWeights(graph, settings.UserDegreeExponent);
        double ridge = settings.Regularization * MeanWeight(graph, userWeights), noise = settings.DropoutRate / (1.0 - settings.DropoutRate);
        Matrix matrix = new(count, count);
        using ThreadTeam team = new(threadCount);
        ForRows(row =>
        {
            Span<float> common = matrix.Row(row);
            foreach (int user in graph.UsersOf(row))
            {
                float weight = userWeights[user];
                foreach (int item in graph.ItemsOf(user))
                    common[item] += weight;
            }
            common[row] += (float)(ridge + noise * common[row]);
        });
        SymmetricInverse.Compute(matrix, team, cancellationToken);
        float[] scales = ItemScales(graph, settings.PopularityExponent), divisors = new float[count];
        for (int item = 0; item < count; item++)
            divisors[item] = -matrix.Row(item)[item] * scales[item];
        ForRows(row =>
        {
            Span<float> weights = matrix.Row(row);
            TensorPrimitives.Divide(weights, divisors, weights);
            if (settings.PopularityExponent != 0)
                TensorPrimitives.Multiply(weights, scales[row], weights);
            weights[row] = 0;
        });
        return matrix;

        void ForRows(Action<int> action) => team.Run((count + RowsPerChunk - 1) / RowsPerChunk, chunk =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int row = chunk * RowsPerChunk; row < Math.Min(count, (chunk + 1) * RowsPerChunk); row++)
                action(row);
        });
    }

    private static float[] UserWeights(BipartiteGraph graph, double exponent) =>
        [.. Enumerable.Range(0, graph.UserCount).Select(user => (float)Math.Pow(Math.Max(1, graph.ItemsOf(user).Length), -exponent))];

    /// <summary>The mean weight of the users with interactions.</summary>
    private static double MeanWeight(BipartiteGraph graph, float[] userWeights) =>
        Enumerable.Range(0, graph.UserCount).Where(user => !graph.ItemsOf(user).IsEmpty).Average(user => (double)userWeights[user]);

    /// <summary>d_i^alpha of each item; 1 for an item without users, all of whose weights are 0.</summary>
    private static float[] ItemScales(BipartiteGraph graph, double exponent) =>
        [.. Enumerable.Range(0, graph.ItemCount).Select(item => (float)Math.Pow(Math.Max(1, graph.UsersOf(item).Length), exponent))];
}
