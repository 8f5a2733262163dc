namespace Microsoft.ML.LightGcn.Training;

/// <summary>What training asks of whoever started it.</summary>
/// <param name="Info">Takes a message for the log.</param>
/// <param name="Warn">Takes a warning for the log.</param>
/// <param name="Gpu">Says which GPU to use, null for any, and whether to use the processor where there is none; only asked by engines for GPUs.</param>
internal sealed record TrainingHost(Action<string> Info, Action<string> Warn, Func<(int? DeviceId, bool FallbackToCpu)> Gpu)
{
    /// <summary>Nobody.</summary>
    public static TrainingHost None { get; } = new(_ => { }, _ => { }, () => (null, false));
}
