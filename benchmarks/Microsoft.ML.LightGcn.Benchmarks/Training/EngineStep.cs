using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Steps of the CPU engine, as the trainer has them taken: sampling, propagation, loss, gradient and Adam.</summary>
internal sealed class EngineStep(TrainingPlan plan) : IStepPeer
{
    private readonly ITrainingSession _session = new CpuTrainingEngine().Start(plan);
    private int _epoch;

    public double Step() => _session.RunEpoch(_epoch++, CancellationToken.None);

    public void Dispose() => _session.Dispose();
}
