using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Mpi;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Trains in many processes that an MPI launcher has started, on one machine or many. It is the CPU engine with its tables split among the processes by
/// columns. The model has the same bits for any number of processes, and the same as from the CPU engine.
/// </summary>
/// <remarks>
/// <para>
/// Every process runs the same program, reads all rows or a share of them, and calls Fit with the same options. Each gets the whole model or, where that
/// is too large for one process, the model in a file (<see cref="ModelFile"/>). Process 0 alone writes the log, progress and checkpoints. A program
/// should save its model only where <see cref="ProcessGroup.IsFirst"/> is true. Options, keys and data are compared before training starts; an error
/// names what differs.
/// </para>
/// <para>
/// If one process dies, MPI ends all of them. An exception in one process ends Fit in all. docs/distributed.md has the rest.
/// </para>
/// </remarks>
public sealed class MpiEngine : TrainingEngine
{
    private static readonly Lock s_lock = new();
    private static Lazy<MpiEngine>? s_engine;

    internal MpiEngine(ProcessGroup processes) => Processes = processes;

    /// <inheritdoc/>
    public override string Name => "mpi";

    /// <inheritdoc/>
    public override ProcessGroup Processes { get; }

    /// <summary>
    /// The file that Fit writes the model to, for all processes together. It must be in a folder that all machines share. Null, the default, gives each
    /// process the whole model in its memory. Set it to the same file in every process, before Fit.
    /// </summary>
    /// <remarks>
    /// The file has the format of ml.Model.SaveRecommendationModel. Process 0 writes it under another name as the rows come in, and moves it to its path
    /// once it is whole. Fit returns the model in the file, mapped into memory: no process ever has all of it in its own memory. There may then be any
    /// number of users; the embeddings of all items, padded to multiples of 16 components, are fewer than 2^31 numbers. Without a file, so are those of
    /// users, items and attributes together. On Windows a file that is in use can't be replaced: give another one.
    /// </remarks>
    public string? ModelFile { get; set; }

    internal override string? ResultFile => ModelFile;

    internal override string Arithmetic => new CpuTrainingEngine().Name;

    internal override int AutomaticThreadCount => Processes.AutomaticThreadCount;

    internal override PropagationPrecision AutomaticPrecision => CpuTrainingEngine.Precision;

    /// <summary>
    /// Joins the processes that the launcher has started. MPI starts only once in a process, so another call returns the same engine, or throws the same
    /// error.
    /// </summary>
    /// <param name="library">
    /// File of the MPI library. Null takes it from the environment variable LIGHTGCN_MPI_LIBRARY or, if that is not set, from the launcher that started
    /// the process.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// No MPI launcher started this process; or the MPI library is missing, belongs to another launcher or is of an unknown kind. The message says what
    /// to install or how to start.
    /// </exception>
    public static MpiEngine Create(string? library = null)
    {
        // A failure stays one: MPI does not start twice.
        lock (s_lock)
            return (s_engine ??= new Lazy<MpiEngine>(() => new MpiEngine(MpiProcessGroup.Join(library)))).Value;
    }

    internal override long SessionBytes(TrainingPlan plan)
    {
        if (Processes.Count == 1)
            return new CpuTrainingEngine().SessionBytes(plan);
        ColumnLayout columns = new(plan.Settings.EmbeddingDimension, Processes.Count);
        CheckBatch(plan, columns);
        int own = columns.Count(Processes.Rank);
        long table = OwnTableBytes(plan), row = TrainingMemory.RowBytes(plan), ownRow = Matrix.StrideOf(own) * (long)sizeof(float);
        // The whole model is made at the end, when moments and batches are gone; its items are packed to find the scale of their weights. The start takes less
        // than the steps: two tables, the items', their scale, and rows that pass.
        long whole = TrainingMemory.TableBytes(plan), packed = plan.Settings.Neighbourhood is null ? 0 : plan.Layout.ItemCount * row;
        long scaled = 2 * sizeof(float) * TrainingMemory.MostWeights(plan);
        long end = (ModelFile is null ? 2 * whole + packed : TrainedRows.PartBytes) + scaled + 3 * table + ColumnTrainingSession.PartBytes(plan, own);
        long start = 2 * table + plan.Layout.ItemCount * ownRow + sizeof(float) * (long)plan.Layout.NodeCount
            + ExchangedColumns.Bytes(plan.Layout.NodeCount, columns);
        long steps = CpuTrainingSession.TableCountOf(plan.Settings) * table + BatchBytes(plan) + Propagation.ChunkBytes(own, plan.Settings.ThreadCount);
        return Math.Max(steps, Math.Max(start, end));
    }

    private long OwnTableBytes(TrainingPlan plan) => plan.Layout.NodeCount * (long)sizeof(float)
        * Matrix.StrideOf(new ColumnLayout(plan.Settings.EmbeddingDimension, Processes.Count).Count(Processes.Rank));

    private long BatchBytes(TrainingPlan plan)
    {
        int nodes = plan.Layout.NodeCount, own = new ColumnLayout(plan.Settings.EmbeddingDimension, Processes.Count).Count(Processes.Rank);
        long row = TrainingMemory.RowBytes(plan), ownRow = Matrix.StrideOf(own) * (long)sizeof(float);
        bool isSoftmax = plan.Settings.Objective is SampledSoftmaxObjective, hasBase = plan.Settings.BatchL2 > 0;
        long capacity = plan.BatchCapacity, negatives = plan.NegativeCount;
        long slots = Math.Min(nodes, isSoftmax ? 2 * capacity + negatives : 3 * capacity);
        long share = isSoftmax ? ColumnSoftmaxBatch.ShareCapacity(plan, Processes.Count) : 0, rows = isSoftmax
            ? 2 * share + negatives
            : ColumnBprBatch.RowCapacity(plan, Processes.Count);
        int groups = ColumnSoftmaxBatch.GroupCapacity(Processes.Count);
        // Embeddings and gradients of slots; what is compared by whole rows; and the rows as they are sent and received.
        return slots * ownRow * (hasBase ? 3 : 2) + rows * row * (hasBase ? 2 : 1)
            + (isSoftmax ? SoftmaxComparer.RowCount(share, negatives, groups) * row + (capacity + negatives) * ownRow + groups * negatives * 2 * row : 0)
            + (isSoftmax ? 2 * capacity + Processes.Count * negatives : 3 * capacity) * ownRow + rows * row;
    }

    /// <summary>Checks that what passes in a step fits an array in every process, before any of them sends.</summary>
    private static void CheckBatch(TrainingPlan plan, ColumnLayout columns)
    {
        const int Widest = Matrix.ComponentBlock;
        int width = 0, count = columns.ProcessCount;
        for (int rank = 0; rank < count; rank++)
            width = Math.Max(width, columns.Count(rank));
        bool isSoftmax = plan.Settings.Objective is SampledSoftmaxObjective;
        // Rows that a sample has of each table, and those that a process gets whole, which its share of the samples has.
        long rows = isSoftmax ? 2L * plan.BatchCapacity + (long)count * plan.NegativeCount : 3L * plan.BatchCapacity;
        long whole = isSoftmax ? 2L * ColumnSoftmaxBatch.ShareCapacity(plan, count) + plan.NegativeCount : ColumnBprBatch.RowCapacity(plan, count);
        long numbers = Math.Max(rows * Math.Max(width, Widest), whole * Matrix.StrideOf(plan.Settings.EmbeddingDimension));
        if (numbers > Matrix.MaxLength)
            throw Expect.Option(
                nameof(LightGcnTrainer.Options.BatchSize),
                $"at most about {Expect.Text(plan.BatchCapacity * Matrix.MaxLength / numbers)} with {Expect.Text(count)} processes and "
                + $"{Expect.Text(plan.Settings.EmbeddingDimension)} for {nameof(LightGcnTrainer.Options.EmbeddingDimension)}, "
                + "as what passes in a step is an array",
                plan.BatchCapacity);
    }

    /// <summary>
    /// This process's columns of the best epoch, and of the propagated embeddings, which steps don't need; the rows of the users whom it ranks for, and of
    /// all items, to rank with.
    /// </summary>
    internal override long ValidationBytes(TrainingPlan plan, int userCount)
    {
        if (Processes.Count == 1)
            return new CpuTrainingEngine().ValidationBytes(plan, userCount);
        int own = new ColumnLayout(plan.Settings.EmbeddingDimension, Processes.Count).Count(Processes.Rank);
        (int first, int end) = Processes.OwnShareOf(userCount);
        // What is held out, and its ranks.
        const long BytesPerUser = 80;
        long table = OwnTableBytes(plan), propagated = CpuTrainingSession.StepsNeedTable(plan.Settings) ? 0 : table;
        return BytesPerUser * userCount + table + propagated + ColumnTrainingSession.PartBytes(plan, own)
            + (end - first + plan.Layout.ItemCount) * TrainingMemory.RowBytes(plan);
    }

    /// <summary>Without a file for it the result is whole.</summary>
    internal override int WidestTable(int dimension)
    {
        if (ModelFile is null)
            return dimension;
        ColumnLayout columns = new(dimension, Processes.Count);
        return Enumerable.Range(0, columns.ProcessCount).Max(columns.Count);
    }

    internal override ColumnShare Columns(TrainingPlan plan) => Processes.Count == 1
        ? base.Columns(plan)
        : new ExchangedColumns(Processes, new ColumnLayout(plan.Settings.EmbeddingDimension, Processes.Count));

    internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings) => Processes.Count == 1
        ? new CpuTrainingEngine().Start(plan, embeddings)
        : new ColumnTrainingSession(plan, embeddings, new ColumnLayout(plan.Settings.EmbeddingDimension, Processes.Count), Processes);
}
