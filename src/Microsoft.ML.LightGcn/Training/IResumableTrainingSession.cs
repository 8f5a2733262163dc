namespace Microsoft.ML.LightGcn;

/// <summary>
/// A session that can be stopped at any step and go on, in the same process or in another: what
/// <see cref="LightGcnTrainer.Options.Checkpoints"/> asks of an engine.
/// </summary>
/// <remarks>
/// When <see cref="ITrainingSession.RunEpoch"/> is cancelled, the state is that after the last whole step. Calling it again for
/// the same epoch runs the steps that are left and returns the mean over all steps of the epoch; when none are left, it
/// returns that mean at once.
/// </remarks>
public interface IResumableTrainingSession : ITrainingSession
{
    /// <summary>
    /// Writes all that the result of training depends on: embeddings, the optimizer's moments and step, the sum of losses of the
    /// epoch that has begun, and the kept embeddings. The plan needs no place in it.
    /// </summary>
    /// <param name="writer">Takes named arrays of numbers.</param>
    void SaveState(TrainingStateWriter writer);

    /// <summary>Takes over a state that <see cref="SaveState"/> of the same engine wrote for an equal plan.</summary>
    /// <param name="reader">Gives the named arrays back, in any order.</param>
    /// <exception cref="InvalidDataException">An array is missing or of another length.</exception>
    void LoadState(TrainingStateReader reader);
}
