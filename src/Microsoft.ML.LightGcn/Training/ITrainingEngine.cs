namespace Microsoft.ML.LightGcn;

/// <summary>
/// What runs the updates of training: the one seam between the trainer and the hardware. The managed CPU engine is the
/// default; give another one in <see cref="LightGcnTrainer.Options.Engine"/>.
/// </summary>
public interface ITrainingEngine
{
    /// <summary>Name for logs and results, for example "cpu".</summary>
    string Name { get; }

    /// <summary>
    /// Whether the engine propagates over <see cref="LightGcnTrainer.Options.Relations"/> and heeds
    /// <see cref="LightGcnTrainer.Options.InteractionWeightColumnName"/>. One that does not is refused where they are set. <see cref="TrainingPlan"/> shows
    /// their edges to this project's engines alone, so that an engine from elsewhere leaves this false.
    /// </summary>
    bool SupportsRelations => false;

    /// <summary>Prepares training: allocates what it takes and copies the initial embeddings.</summary>
    /// <param name="plan">Graph, settings and initial embeddings.</param>
    ITrainingSession Start(TrainingPlan plan);
}

/// <summary>One training run of an engine. Used by one thread at a time.</summary>
public interface ITrainingSession : IDisposable
{
    /// <summary>Runs one epoch of updates.</summary>
    /// <param name="epoch">The epoch, from 0; seeds the epoch's samples.</param>
    /// <param name="cancellationToken">Checked before every step.</param>
    /// <returns>Mean value of the objective over the epoch's steps.</returns>
    double RunEpoch(int epoch, CancellationToken cancellationToken);

    /// <summary>Propagates the current embeddings and returns a scorer over them, valid until the next call of this session.</summary>
    IItemScorer GetScorer();

    /// <summary>Remembers the current embeddings as the ones to return from <see cref="GetEmbeddings"/>.</summary>
    void KeepBest();

    /// <summary>The embeddings last kept by <see cref="KeepBest"/>, or the current ones when none were kept.</summary>
    TrainedEmbeddings GetEmbeddings();
}
