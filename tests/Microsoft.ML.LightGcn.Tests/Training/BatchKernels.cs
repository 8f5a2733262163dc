using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Graphs;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

/// <summary>A step's kernels on a graph, without Adam.</summary>
internal static class BatchKernels
{
    /// <summary>The loss of samples 100 and on, and its gradient with respect to all layer-0 embeddings.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">Layer weights.</param>
    /// <param name="start">Layer-0 embeddings.</param>
    /// <param name="batch">The loss.</param>
    /// <param name="gradient">What it fills.</param>
    /// <param name="team">The threads.</param>
    /// <param name="count">Number of samples.</param>
    /// <param name="countBefore">Number of samples of a batch before, which must leave no trace.</param>
    public static (double Loss, Matrix Gradient) Run(
        BipartiteGraph graph, float[] weights, double[][] start, BatchLoss batch, BatchGradient gradient, ThreadTeam team, int count, int countBefore)
    {
        int dimension = start[0].Length;
        Matrix embeddings = PropagationTests.ToTable(start);
        Propagation propagation = PropagationTests.Create(new HeterogeneousGraph(graph), weights, dimension, team);
        double loss = 0;
        foreach ((int first, int samples) in ((int, int)[])[(0, countBefore), (100, count)])
        {
            batch.Draw(first, samples);
            // Every row that is read must have been written.
            gradient.Embeddings.Padded.Fill(float.NaN);
            propagation.Forward(embeddings, gradient);
            loss = batch.Compute(embeddings);
        }
        Matrix result = PropagationTests.Backward(propagation, gradient, start.Length);
        for (int slot = 0; gradient.BaseRows is { } baseRows && slot < gradient.Count; slot++)
        {
            for (int k = 0; k < dimension; k++)
                result.Row(gradient.Nodes[slot])[k] += baseRows.Row(slot)[k];
        }
        return (loss, result);
    }
}
