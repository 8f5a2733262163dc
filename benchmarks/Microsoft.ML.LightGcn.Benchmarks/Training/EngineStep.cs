namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Steps of a training engine, as the trainer has them taken: sampling, propagation, loss, gradient and Adam.</summary>
internal sealed class EngineStep(ITrainingEngine engine, TrainingPlan plan) : IStepPeer
{
    private readonly ITrainingSession _session = engine.Start(plan);
    private int _epoch;

    public double Step() => _session.RunEpoch(_epoch++, CancellationToken.None);

    public void Dispose() => _session.Dispose();
}
