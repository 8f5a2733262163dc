namespace Microsoft.ML.LightGcn;

/// <summary>What one epoch of training did. <see cref="LightGcnTrainer.Options.Progress"/> receives one after each epoch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="EpochCount">The maximum number of epochs that training may take.</param>
/// <param name="Loss">Mean value of the objective over the epoch's batches, regularisation on the batch included.</param>
/// <param name="Validation">Metrics on the validation interactions; null when training has none.</param>
/// <param name="IsBest">Whether this epoch has the best validation metric so far; true when there is no validation.</param>
/// <param name="TrainingTime">Time spent on the epoch's updates.</param>
/// <param name="ValidationTime">Time spent on validation.</param>
/// <param name="SampleCount">Number of positive samples in the epoch.</param>
public sealed record TrainingEpoch(
    int Epoch,
    int EpochCount,
    double Loss,
    TopNMetrics? Validation,
    bool IsBest,
    TimeSpan TrainingTime,
    TimeSpan ValidationTime,
    long SampleCount)
{
    /// <summary>Positive samples a second of training time.</summary>
    public double SamplesPerSecond => SampleCount / Math.Max(TrainingTime.TotalSeconds, 1e-9);
}
