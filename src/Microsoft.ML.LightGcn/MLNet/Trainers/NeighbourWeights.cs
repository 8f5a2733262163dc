using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Trainers;

/// <summary>Computes the weights from item to item for a trainer: with its errors, and a line in its log.</summary>
internal static class NeighbourWeights
{
    /// <param name="host">The trainer.</param>
    /// <param name="channel">Its log.</param>
    /// <param name="graph">The training interactions.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="prefix">What the names of the options start with.</param>
    /// <param name="threadCount">Number of threads.</param>
    /// <param name="freeBytes">Memory that whoever asks takes only afterwards, and that may be used meanwhile; 0 for little.</param>
    /// <param name="processes">The processes that compute them together.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static SparseItemWeights Compute(
        IHost host,
        IChannel channel,
        BipartiteGraph graph,
        NeighbourRegressionSettings settings,
        string prefix,
        int threadCount,
        long freeBytes,
        ProcessGroup processes,
        CancellationToken cancellationToken)
    {
        using ThreadTeam team = new(threadCount);
        try
        {
            SparseRows columns = NeighbourRegression.Compute(
                graph, settings, team, cancellationToken, NeighbourRegression.RoomFor(graph, settings, freeBytes), processes);
            channel.Info($"Computed {columns.Count:N0} weights of {graph.ItemCount:N0} items from {graph.InteractionCount:N0} interactions.");
            return SparseItemWeights.FromColumns(columns);
        }
        catch (ArithmeticException singular)
        {
            const string Expected = "a number large enough to solve for the weights in float32";
            throw host.Bad(
                $"Option {prefix}{nameof(settings.Regularization)}: expected {Expected}, found {Expect.Text(settings.Regularization)}. {singular.Message}");
        }
        catch (ArgumentException tooMany)
        {
            throw host.Process(tooMany);
        }
    }
}
