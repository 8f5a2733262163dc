namespace LightGcn.Examples;

/// <summary>What one epoch of training did, for the log and the learning curve.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">The mean training loss.</param>
/// <param name="Validation">Validation metrics by name; empty for an epoch without validation.</param>
/// <param name="TrainSeconds">Time spent on updates.</param>
/// <param name="ValidationSeconds">Time spent on validation.</param>
public sealed record EpochResult(int Epoch, double Loss, OrderedDictionary<string, double> Validation, double TrainSeconds, double ValidationSeconds);
