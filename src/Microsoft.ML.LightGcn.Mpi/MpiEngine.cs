using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Mpi;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Trains in many processes that an MPI launcher has started, on one machine or many: the managed engine, whose tables are split among the processes by
/// columns. The model has the same bits for any number of processes, and those of the plain engine.
/// </summary>
/// <remarks>
/// <para>
/// Every process runs the same program, reads all rows or a share of them, and calls Fit with the same options; each gets the whole model. Process 0
/// alone writes the log, progress and checkpoints; a program saves its model where <see cref="ProcessGroup.IsFirst"/> says so. Options, keys and
/// data are compared before training starts, and what differs is named.
/// </para>
/// <para>
/// MPI ends all processes where one dies. An exception that only one of them meets ends Fit in all. docs/distributed.md has the rest.
/// </para>
/// </remarks>
public sealed class MpiEngine : TrainingEngine
{
    // Embeddings, propagated embeddings, scratch and two moments.
    private const int TableCount = 5;

    private static readonly Lock s_lock = new();
    private static MpiEngine? s_engine;

    internal MpiEngine(ProcessGroup processes) => Processes = processes;

    /// <inheritdoc/>
    public override string Name => "mpi";

    /// <inheritdoc/>
    public override ProcessGroup Processes { get; }

    internal override string Arithmetic => new CpuTrainingEngine().Name;

    internal override int AutomaticThreadCount => Math.Max(1, Environment.ProcessorCount / Processes.LocalCount);

    internal override PropagationPrecision AutomaticPrecision => CpuTrainingEngine.Precision;

    /// <summary>Joins the processes that the launcher has started. MPI starts once in a process: another call returns the same engine.</summary>
    /// <param name="library">
    /// File of the MPI library; null for the environment variable LIGHTGCN_MPI_LIBRARY, or else the library of the launcher that started the process.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// No MPI launcher started this process, or there is no MPI library, or one of another launcher or of an unknown kind: the message says what to install or
    /// how to start.
    /// </exception>
    public static MpiEngine Create(string? library = null)
    {
        lock (s_lock)
            return s_engine ??= new MpiEngine(MpiProcessGroup.Join(library));
    }

    internal override long SessionBytes(TrainingPlan plan)
    {
        if (Processes.Count == 1)
            return new CpuTrainingEngine().SessionBytes(plan);
        ColumnLayout columns = new(plan.Settings.EmbeddingDimension, Processes.Count);
        int nodes = plan.Layout.NodeCount, own = columns.Count(Processes.Rank);
        long table = (long)nodes * Matrix.StrideOf(own) * sizeof(float);
        long row = Matrix.StrideOf(plan.Settings.EmbeddingDimension) * (long)sizeof(float), ownRow = Matrix.StrideOf(own) * (long)sizeof(float);
        bool isSoftmax = plan.Settings.Objective is SampledSoftmaxObjective, hasBase = plan.Settings.BatchL2 > 0;
        long capacity = plan.BatchCapacity, negatives = plan.NegativeCount;
        long slots = Math.Min(nodes, isSoftmax ? 2 * capacity + negatives : 3 * capacity);
        long share = isSoftmax ? ColumnSoftmaxBatch.ShareCapacity(plan, Processes.Count) : 0, rows = isSoftmax
            ? 2 * share + negatives
            : ColumnBprBatch.RowCapacity(plan, Processes.Count);
        int groups = ColumnSoftmaxBatch.GroupCapacity(Processes.Count);
        // Gradients of slots; what is compared by whole rows; and the rows as they are sent and received.
        long batch = slots * ownRow * (hasBase ? 3 : 2) + rows * row * (hasBase ? 2 : 1)
            + (isSoftmax ? SoftmaxComparer.RowCount(share, negatives, groups) * row + (capacity + negatives) * ownRow + groups * negatives * 2 * row : 0)
            + (isSoftmax ? 2 * capacity + Processes.Count * negatives : 3 * capacity) * ownRow + rows * row;
        // The whole model is made at the end, when moments and batches are gone, and the whole start before there are any.
        long end = 2 * TrainingMemory.TableBytes(plan) + 3 * table;
        return Math.Max(TableCount * table + batch, end);
    }

    /// <summary>The propagated embeddings, whole, to rank with.</summary>
    internal override long ValidationBytes(TrainingPlan plan) => Processes.Count == 1 ? 0 : TrainingMemory.TableBytes(plan);

    internal override Matrix OwnPart(Matrix embeddings)
    {
        ColumnLayout columns = new(embeddings.ColumnCount, Processes.Count);
        return Processes.Count == 1 ? embeddings : ColumnTrainingSession.ColumnsOf(embeddings, columns, Processes.Rank);
    }

    internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings) => Processes.Count == 1
        ? new CpuTrainingEngine().Start(plan, embeddings)
        : new ColumnTrainingSession(plan, embeddings, new ColumnLayout(plan.Settings.EmbeddingDimension, Processes.Count), Processes);
}
