using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Steps of an engine, as the trainer has them taken: sampling, propagation, loss, gradient and Adam.</summary>
/// <param name="plan">A plan whose epochs are single steps.</param>
/// <param name="engine">The engine; null is the CPU engine.</param>
internal sealed class EngineStep(TrainingPlan plan, TrainingEngine? engine = null) : IStepPeer
{
    private readonly ITrainingSession _session = (engine ?? new CpuTrainingEngine()).Start(plan, InitialEmbeddings.Create(plan, default));
    private long _step;

    public double Step()
    {
        double loss = 0;
        _session.RunSteps(_step++, 1, ref loss, CancellationToken.None);
        return loss;
    }

    public void Dispose() => _session.Dispose();
}
