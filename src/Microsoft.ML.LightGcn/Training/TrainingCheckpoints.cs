using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Where and how often training writes its whole state, so that a run that was stopped or killed goes on from there.
/// </summary>
/// <remarks>
/// <para>
/// When training starts and the folder has a checkpoint of the same run, training resumes from it by itself, and ends with the
/// bits of a run that was never interrupted (on the same kind of processor: another vector width may round differently). The same run means the same
/// options, seed, training and validation interactions, model to continue from, and engine; the number of threads, the column names and the intervals
/// here may differ. Give a seed, in <see cref="LightGcnTrainer.Options.Seed"/> or to the MLContext: without one, every run is a different run.
/// </para>
/// <para>
/// The last two checkpoints are kept, even after training has ended: fitting again then returns the same model at once. A checkpoint that is cut off or
/// altered is refused with a warning in the log, and the one before it is used. A folder serves one run at a time. If it has a checkpoint of another run,
/// training throws an error that names the difference, and never overwrites it. If another training uses the folder, in this process or another, training
/// throws too.
/// </para>
/// </remarks>
/// <param name="Folder">The folder of the checkpoints, made where it is missing.</param>
public sealed record TrainingCheckpoints(string Folder)
{
    /// <summary>
    /// Number of epochs from one checkpoint to the next, at least 1; the default is 1. Null writes none by epochs. The end of training always writes one.
    /// </summary>
    public int? EpochInterval { get; init; } = 1;

    /// <summary>Time from one checkpoint to the next, a second to a day, also within an epoch. Null, the default, writes none by time.</summary>
    public TimeSpan? TimeInterval { get; init; }

    internal void Validate()
    {
        if (string.IsNullOrEmpty(Folder))
            throw Expect.Option("Checkpoints.Folder", "the name of a folder", Folder is null ? "null" : "an empty string");
        if (Folder.Contains('\0'))
            throw Expect.Option("Checkpoints.Folder", "the name of a folder", "one with a null character");
        Expect.AtLeast(1, EpochInterval, "Checkpoints.EpochInterval");
        if (TimeInterval is { } interval && !(interval >= TimeSpan.FromSeconds(1) && interval <= TimeSpan.FromDays(1)))
            throw Expect.Option("Checkpoints.TimeInterval", "a second to a day", interval);
    }
}
