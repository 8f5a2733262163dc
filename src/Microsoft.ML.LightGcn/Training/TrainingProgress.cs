using System.Text.Json.Serialization;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Where the epoch loop stands.</summary>
internal sealed class TrainingProgress
{
    /// <summary>The epoch that runs or runs next, from 0: the number of epochs that have ended, validation included.</summary>
    public int Epoch { get; set; }

    /// <summary>Number of steps that have run, over all epochs.</summary>
    public long Step { get; set; }

    /// <summary>Sum of the losses of the epoch's steps so far. No longer finite where training diverges.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public double LossSum { get; set; }

    /// <summary>Time spent on the updates of the epoch so far.</summary>
    public TimeSpan TrainingTime { get; set; }

    /// <summary>The best validation metric so far; null before the first.</summary>
    public double? Best { get; set; }

    /// <summary>Epochs since the one with the best validation metric.</summary>
    public int EpochsSinceBest { get; set; }
}
