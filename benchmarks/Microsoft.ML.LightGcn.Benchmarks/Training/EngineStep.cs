using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Steps of an engine, as the trainer has them taken: sampling, propagation, loss, gradient and Adam.</summary>
/// <param name="plan">A plan whose epochs are single steps.</param>
/// <param name="engine">The engine; null is the CPU engine.</param>
internal sealed class EngineStep(TrainingPlan plan, ITrainingEngine? engine = null) : IStepPeer
{
    private readonly ITrainingSession _session = (engine ?? new CpuTrainingEngine()).Start(plan);
    private int _epoch;

    public double Step() => _session.RunEpoch(_epoch++, CancellationToken.None);

    public void Dispose() => _session.Dispose();
}
