using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// What runs the updates of training: a processor or another device. Set it in <see cref="LightGcnTrainer.Options.Engine"/>; without one, training runs
/// on the processor's own threads. The package Microsoft.ML.LightGcn.TorchSharp has an engine for GPUs, Microsoft.ML.LightGcn.Mpi one for many processes.
/// </summary>
/// <remarks>Only this project's own packages make engines: what passes between training and an engine is internal.</remarks>
public abstract class TrainingEngine
{
    internal TrainingEngine()
    {
    }

    /// <summary>Name for logs and results, for example "cpu".</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The processes that train together: each calls Fit, and each gets the model. It is this process alone unless the engine joins others.
    /// </summary>
    public virtual ProcessGroup Processes => ProcessGroup.Single;

    /// <summary>What stands for this engine's arithmetic in a checkpoint: engines of the same text give the same bits.</summary>
    internal virtual string Arithmetic => Name;

    /// <summary>Number of threads where the options leave it to the engine.</summary>
    internal virtual int AutomaticThreadCount => Environment.ProcessorCount;

    /// <summary>How this engine propagates where the options leave it to it.</summary>
    internal virtual PropagationPrecision AutomaticPrecision => PropagationPrecision.Float32;

    /// <summary>What a session takes of this process's memory while it trains, in bytes, the embeddings that it starts with included.</summary>
    internal virtual long SessionBytes(TrainingPlan plan) => TrainingMemory.TableBytes(plan);

    /// <summary>What validation takes beside the session, in bytes: the embeddings of the best epoch, and the items packed to be scored.</summary>
    /// <param name="plan">Graph and settings.</param>
    /// <param name="userCount">The users who are ranked for.</param>
    internal virtual long ValidationBytes(TrainingPlan plan, int userCount) =>
        TrainingMemory.TableBytes(plan) + plan.Layout.ItemCount * TrainingMemory.RowBytes(plan);

    /// <summary>The file that the model is written to and used from, so that no process has all of it; null where Fit gives each the whole model.</summary>
    internal virtual string? ResultFile => null;

    /// <summary>Columns that the widest table of this process has, of so many in all.</summary>
    internal virtual int WidestTable(int dimension) => dimension;

    /// <summary>The columns of the tables that this process trains; all of them, unless it shares them with others.</summary>
    internal virtual ColumnShare Columns(TrainingPlan plan) => new(plan.Settings.EmbeddingDimension);

    /// <summary>Prepares training: allocates what it takes.</summary>
    /// <param name="plan">Graph and settings.</param>
    /// <param name="embeddings">
    /// The layer-0 embeddings to start with, a row for each node, of <see cref="Columns"/>; the engine may take the matrix over.
    /// </param>
    internal abstract ITrainingSession Start(TrainingPlan plan, Matrix embeddings);
}
