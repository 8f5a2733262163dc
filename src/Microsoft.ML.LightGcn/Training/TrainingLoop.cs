using System.Diagnostics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Epochs, validation, best epoch and early stop. Knows engines by their interface alone.</summary>
internal sealed class TrainingLoop(TrainingPlan plan, HeldOutInteractions? validation, Action<TrainingEpoch> report)
{
    private static readonly int[] StandardCutoffs = [10, 20, 50];

    /// <summary>Trains and returns the best epoch's embeddings by validation, or the last epoch's without it.</summary>
    /// <exception cref="InvalidOperationException">The loss is no longer a finite number.</exception>
    public TrainedEmbeddings Run(ITrainingEngine engine)
    {
        LightGcnTrainer.Options options = plan.Options;
        int[] cutoffs = [.. StandardCutoffs.Append(options.ValidationCutoff).Distinct().Order()];
        using ITrainingSession session = engine.Start(plan);
        double best = double.NegativeInfinity;
        int epochsSinceBest = 0;
        for (int epoch = 0; epoch < options.EpochCount; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            double loss = session.RunEpoch(epoch, options.CancellationToken);
            TimeSpan trainingTime = Stopwatch.GetElapsedTime(start);
            if (!double.IsFinite(loss))
                throw new InvalidOperationException($"Training diverged: the loss of epoch {epoch + 1} is {loss}. Lower {nameof(options.LearningRate)} (now {options.LearningRate}).");

            start = Stopwatch.GetTimestamp();
            TopNMetrics? metrics = validation is null ? null : Validate(session, validation, cutoffs);
            bool isBest = true;
            if (metrics is not null)
            {
                double value = metrics[options.ValidationMetric, options.ValidationCutoff];
                isBest = value > best;
                epochsSinceBest = isBest ? 0 : epochsSinceBest + 1;
                if (isBest)
                {
                    best = value;
                    session.KeepBest();
                }
            }
            report(new TrainingEpoch(epoch + 1, options.EpochCount, loss, metrics, isBest, trainingTime, Stopwatch.GetElapsedTime(start), plan.SamplesPerEpoch));
            if (epochsSinceBest >= options.Patience)
                break;
        }
        return session.GetEmbeddings();
    }

    private TopNMetrics Validate(ITrainingSession session, HeldOutInteractions heldOut, int[] cutoffs) =>
        ItemRanking.Evaluate(session.GetScorer(), heldOut, plan.Graph, cutoffs, withCatalogue: false, plan.ThreadCount, plan.Options.CancellationToken);
}
