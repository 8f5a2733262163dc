using System.Globalization;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>What a run takes of this process's memory at its peak, known from counts and settings before it starts.</summary>
/// <remarks>
/// The peak is in the steps, or in validation where there is one: the engine's session, the graph, and what validation and the neighbourhood keep beside
/// them. Starting takes less (the start, and the users' and items' tables that it is made from), and ending too: nothing is copied, and all but the result
/// is given back first.
/// </remarks>
internal sealed class TrainingMemory
{
    private readonly TrainingPlan _plan;
    private readonly long _table;

    /// <param name="plan">Graph and settings.</param>
    /// <param name="engine">What trains.</param>
    /// <param name="validationUserCount">Users who are ranked for after every epoch; null without validation.</param>
    public TrainingMemory(TrainingPlan plan, TrainingEngine engine, int? validationUserCount)
    {
        _plan = plan;
        _table = TableBytes(plan);
        long nodes = plan.Layout.NodeCount;
        Session = engine.SessionBytes(plan);
        Kept = (validationUserCount is int users ? engine.ValidationBytes(plan, users) : 0) + (plan.Previous is null ? 0 : nodes * sizeof(int));
        Graph = GraphBytes(plan.Interactions) + (sizeof(float) + sizeof(int)) * nodes + WeightBytes(validationUserCount is not null)
            + plan.Graph.Relations.Sum(relation => 2L * relation.Rows.Count * (sizeof(int) + sizeof(float)));
    }

    /// <summary>What the engine's session takes.</summary>
    public long Session { get; }

    /// <summary>Beside the session's tables: what validation takes, and the places of rows in the model to continue from.</summary>
    public long Kept { get; }

    /// <summary>Interactions, relations, and weights from item to item.</summary>
    public long Graph { get; }

    /// <summary>All of it.</summary>
    public long Total => Session + Kept + Graph;

    /// <summary>A table of a row for each node.</summary>
    public static long TableBytes(TrainingPlan plan) => plan.Layout.NodeCount * RowBytes(plan);

    /// <summary>A row of a table, padding included.</summary>
    public static long RowBytes(TrainingPlan plan) => Matrix.StrideOf(plan.Settings.EmbeddingDimension) * (long)sizeof(float);

    /// <summary>The peak in words, for the log and the error.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"about {Mebibytes(Total):N0} MiB at the peak: {(Session + Kept) / (double)_table:F1} tables of {Mebibytes(_table):N0} MiB, "
        + $"and {Mebibytes(Graph):N0} MiB for the graph");

    /// <summary>Refuses a run that the process has no room for, before any of it is taken.</summary>
    /// <param name="limit">What the process may have: the machine's memory, the container's, or the heap limit of the runtime.</param>
    /// <param name="used">What it has taken, this run's graph included.</param>
    /// <exception cref="InsufficientMemoryException">There is no room; the message says how much there is, and what takes less.</exception>
    public void Check(long limit, long used)
    {
        if (Session + Kept > limit - used)
            throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"Training {_plan.Layout.UserCount:N0} users and {_plan.Layout.ItemCount:N0} items in {_plan.Settings.EmbeddingDimension} dimensions "
                + $"takes {this}. "
                + $"Expected no more than {Mebibytes(limit):N0} MiB, the limit of this process (its machine's, its container's or DOTNET_GCHeapHardLimit), "
                + $"of which {Mebibytes(used):N0} MiB are in use. Choose a smaller {nameof(TrainingSettings.EmbeddingDimension)} or "
                + $"{nameof(TrainingSettings.BatchSize)}, or raise the limit."));
    }

    /// <summary>No fewer weights from item to item than there will be.</summary>
    public static long MostWeights(TrainingPlan plan) => plan.Settings.Neighbourhood is { } neighbourhood
        ? Math.Min((long)plan.Layout.ItemCount * neighbourhood.NeighbourCount, MostPairs(plan.Interactions))
        : 0;

    private long WeightBytes(bool withValidation)
    {
        if (_plan.Settings.Neighbourhood is not { } neighbourhood)
            return 0;
        const int Entry = sizeof(int) + sizeof(float);
        // By rows and by columns; validation scales them, which shares the indices.
        long weights = 2 * MostWeights(_plan) * (Entry + (withValidation ? sizeof(float) : 0));
        // While they are computed each item has room for all neighbours, and the triangles take three quarters of the session.
        return Math.Max(weights, (long)_plan.Layout.ItemCount * neighbourhood.NeighbourCount * Entry - Session / 4);
    }

    /// <summary>No fewer than there are ordered pairs of items with a user in common.</summary>
    private static long MostPairs(BipartiteGraph graph)
    {
        long pairs = 0;
        for (int user = 0; user < graph.UserCount; user++)
        {
            long count = graph.ByUser.CountOf(user);
            pairs += count * (count - 1);
        }
        return pairs;
    }

    private static long GraphBytes(BipartiteGraph graph) =>
        2L * sizeof(int) * graph.InteractionCount + sizeof(int) * ((long)graph.UserCount + graph.ItemCount + 2);

    private static double Mebibytes(long bytes) => Math.Ceiling(bytes / (1024.0 * 1024));
}
