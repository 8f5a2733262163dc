using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>What training takes on the device, in bytes; docs/gpu.md has the formulas.</summary>
internal sealed class DeviceMemoryPlan
{
    private readonly TrainingPlan _plan;

    public DeviceMemoryPlan(TrainingPlan plan)
    {
        _plan = plan;
        BipartiteGraph graph = plan.Interactions;
        TrainingSettings settings = plan.Settings;
        HeterogeneousGraph network = plan.Graph;
        long users = graph.UserCount, items = graph.ItemCount, nodes = network.Layout.NodeCount, interactions = graph.InteractionCount;
        long row = sizeof(float) * (long)settings.EmbeddingDimension, batch = plan.BatchCapacity;
        long edges = DeviceGraph.EdgeCount(network), bags = BagCount(network), index = DeviceGraph.IndexSize(network);
        bool isSplit = bags > nodes;
        Table = nodes * row;
        Graph = index * (edges + bags)
            + (DeviceGraph.HasValues(network) ? sizeof(float) * edges + index * interactions : 0)
            + (isSplit ? sizeof(int) * (bags + nodes) + bags * row : 0)
            + 2 * sizeof(float) * nodes;
        Samples = sizeof(long) * (users + 1 + (settings.Positives == PositiveSampling.ByUser ? ActiveUsers(graph) : 0));
        long block = Math.Min(TorchTrainingSession.BlockSize(plan.Settings.BatchSize), plan.SamplesPerEpoch);
        // Random numbers and searches hold about a dozen 64-bit numbers for each sample of a block.
        Step = 2 * Table + 16 * sizeof(long) * block;
        switch (settings.Objective)
        {
            case BprObjective { Negatives.PopularPoolSize: 0 }:
                Samples += sizeof(long) * interactions;
                Step += 6 * batch * row;
                break;
            case BprObjective bpr:
                Samples += sizeof(long) * (2 * interactions + Math.Min(bpr.Negatives.PopularPoolSize, items));
                Step += 6 * batch * row;
                break;
            case SampledSoftmaxObjective:
                long negatives = plan.NegativeCount, entries = 2 * batch + negatives;
                Entries = entries * row + sizeof(float) * items;
                Step += 3 * sizeof(float) * batch * negatives + 4 * entries * row;
                break;
        }
    }

    /// <summary>One table of a row for each user, item and attribute.</summary>
    public long Table { get; }

    /// <summary>The graph, node degrees, and sums of split neighbour lists.</summary>
    public long Graph { get; }

    /// <summary>What samples are drawn from.</summary>
    public long Samples { get; }

    /// <summary>The rows of sampled softmax's gradient, and a number for each item.</summary>
    public long Entries { get; }

    /// <summary>What a step takes on top, about.</summary>
    public long Step { get; }

    /// <summary>
    /// Kept from start to end: embeddings, propagated embeddings, two moments, the table that hops read, the graph and the samples' sources, and
    /// the sum of losses.
    /// </summary>
    public long Kept => 5 * Table + Graph + Samples + Entries + sizeof(double);

    /// <summary>Whether a failure is TorchSharp's for a device without enough memory: it has no type of its own.</summary>
    public static bool IsOutOfMemory(Exception failure) => failure is ExternalException && IsOutOfMemory(failure.Message);

    internal static bool IsOutOfMemory(string message) =>
        message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || message.Contains("can't allocate memory", StringComparison.Ordinal);

    /// <summary>The error that names what training takes.</summary>
    public InvalidOperationException OutOfMemory(Device device, Exception failure) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"Device {device} is out of memory: training {_plan.Interactions.UserCount:N0} users, {_plan.Interactions.ItemCount:N0} items and "
            + $"{_plan.Interactions.InteractionCount:N0} interactions{(_plan.Graph.Relations.Count > 0
                ? string.Create(CultureInfo.InvariantCulture, $" and {_plan.Graph.Layout.AttributeCount:N0} attributes")
                : "")} in "
            + $"{_plan.Settings.EmbeddingDimension} dimensions takes about {Mebibytes(Kept + Step):N0} MiB "
            + $"({Mebibytes(Table):N0} MiB for each of 5 tables, {Mebibytes(Graph + Samples + Entries):N0} MiB for graph and samples, "
            + $"{Mebibytes(Step):N0} MiB for a step). Choose a smaller {nameof(LightGcnTrainer.Options.EmbeddingDimension)} or "
            + $"{nameof(LightGcnTrainer.Options.BatchSize)}, free memory on the device, or use the CPU engine."),
        failure);

    private static double Mebibytes(long bytes) => Math.Ceiling(bytes / (1024.0 * 1024));

    private static long BagCount(HeterogeneousGraph graph) =>
        DeviceGraph.EdgeCounts(graph).Sum(count => Math.Max(1L, (count + DeviceGraph.BagSize - 1L) / DeviceGraph.BagSize));

    private static long ActiveUsers(BipartiteGraph graph)
    {
        long active = 0;
        for (int user = 0; user < graph.UserCount; user++)
            active += graph.ItemsOf(user).IsEmpty ? 0 : 1;
        return active;
    }
}
