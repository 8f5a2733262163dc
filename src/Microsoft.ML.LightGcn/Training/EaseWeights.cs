using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>EASE (Steck, 2019): P = (X^T X + lambda I)^-1, B_ij = -P_ij / P_jj, B_ii = 0, X the binary users x items matrix.</summary>
internal static class EaseWeights
{
    private const int RowsPerChunk = 16;

    /// <summary>The weights B, a row for each item of a history.</summary>
    /// <param name="graph">The interactions.</param>
    /// <param name="regularization">Lambda.</param>
    /// <param name="threadCount">Number of threads; results do not depend on it.</param>
    /// <param name="cancellationToken">Checked before every chunk of rows.</param>
    /// <exception cref="ArithmeticException">Lambda is too small to invert the matrix in float32.</exception>
    public static Matrix Compute(BipartiteGraph graph, float regularization, int threadCount, CancellationToken cancellationToken)
    {
        int count = graph.ItemCount;
        Matrix matrix = new(count, count);
        using ThreadTeam team = new(threadCount);
        ForRows(row =>
        {
            Span<float> common = matrix.Row(row);
            foreach (int user in graph.UsersOf(row))
            {
                foreach (int item in graph.ItemsOf(user))
                    common[item]++;
            }
            common[row] += regularization;
        });
        SymmetricInverse.Compute(matrix, team, cancellationToken);
        float[] negatedDiagonal = new float[count];
        for (int item = 0; item < count; item++)
            negatedDiagonal[item] = -matrix.Row(item)[item];
        ForRows(row =>
        {
            Span<float> weights = matrix.Row(row);
            TensorPrimitives.Divide(weights, negatedDiagonal, weights);
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
}
