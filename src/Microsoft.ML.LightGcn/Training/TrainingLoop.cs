using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Evaluation;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Epochs, validation, best epoch, early stop and checkpoints. Knows engines by their interface alone.</summary>
internal sealed class TrainingLoop(TrainingPlan plan, HeldOutInteractions? validation, Action<TrainingEpoch> report, CheckpointFolder? checkpoints)
{
    private static readonly int[] StandardCutoffs = [10, 20, 50];

    private readonly int[] _cutoffs = [.. StandardCutoffs.Append(plan.Options.ValidationCutoff).Distinct().Order()];

    /// <summary>Trains and returns the best epoch's embeddings by validation, or the last epoch's without it.</summary>
    /// <exception cref="InvalidOperationException">The loss or the embeddings are no longer finite, or the checkpoint is of another run.</exception>
    public TrainedEmbeddings Run(ITrainingEngine engine)
    {
        using ITrainingSession session = engine.Start(plan);
        TrainingProgress progress = checkpoints?.Resume(session) ?? new TrainingProgress();
        try
        {
            while (!HasEnded(progress))
            {
                RunEpoch(session, progress);
                if (checkpoints is not null && (HasEnded(progress) || checkpoints.IsDueAfter(progress.Epoch)))
                    checkpoints.Save(progress);
            }
        }
        catch (OperationCanceledException) when (checkpoints is not null)
        {
            checkpoints.Save(progress);
            throw;
        }
        return Finite(session.GetEmbeddings());
    }

    /// <summary>A loss of cosines stays finite whatever the embeddings become.</summary>
    private TrainedEmbeddings Finite(TrainedEmbeddings embeddings) =>
        Array.TrueForAll([embeddings.Users, embeddings.Items, embeddings.BaseUsers, embeddings.BaseItems], table => float.IsFinite(TensorPrimitives.SumOfSquares<float>(table)))
            ? embeddings
            : throw Diverged("the embeddings are too large to be scored");

    private InvalidOperationException Diverged(string how) =>
        new($"Training diverged: {how}. Lower {nameof(plan.Options.LearningRate)} (now {plan.Options.LearningRate}).");

    private bool HasEnded(TrainingProgress progress) => progress.Epoch == plan.Options.EpochCount || progress.EpochsSinceBest >= plan.Options.Patience;

    private void RunEpoch(ITrainingSession session, TrainingProgress progress)
    {
        LightGcnTrainer.Options options = plan.Options;
        double loss = RunSteps(session, progress);
        if (!double.IsFinite(loss))
            throw Diverged($"the loss of epoch {progress.Epoch + 1} is {loss}");

        long start = Stopwatch.GetTimestamp();
        TopNMetrics? metrics = validation is null ? null : Validate(session, validation);
        bool isBest = true;
        if (metrics is not null)
        {
            double value = metrics[options.ValidationMetric, options.ValidationCutoff];
            isBest = progress.Best is not { } best || value > best;
            progress.EpochsSinceBest = isBest ? 0 : progress.EpochsSinceBest + 1;
            if (isBest)
            {
                progress.Best = value;
                session.KeepBest();
            }
        }
        TimeSpan trainingTime = progress.TrainingTime;
        progress.TrainingTime = TimeSpan.Zero;
        progress.Epoch++;
        report(new TrainingEpoch(progress.Epoch, options.EpochCount, loss, metrics, isBest, trainingTime, Stopwatch.GetElapsedTime(start), plan.SamplesPerEpoch));
    }

    /// <summary>Runs the steps of an epoch, with a stop for every checkpoint that falls due meanwhile, and returns their mean loss.</summary>
    private double RunSteps(ITrainingSession session, TrainingProgress progress)
    {
        CancellationToken cancelled = plan.Options.CancellationToken;
        while (true)
        {
            using CancellationTokenSource? timer = checkpoints?.StartTimer(cancelled);
            long start = Stopwatch.GetTimestamp();
            try
            {
                return session.RunEpoch(progress.Epoch, timer?.Token ?? cancelled);
            }
            catch (OperationCanceledException) when (timer is { IsCancellationRequested: true })
            {
                // The caller knows no token but its own.
                cancelled.ThrowIfCancellationRequested();
            }
            finally
            {
                progress.TrainingTime += Stopwatch.GetElapsedTime(start);
            }
            checkpoints!.Save(progress);
        }
    }

    private TopNMetrics Validate(ITrainingSession session, HeldOutInteractions heldOut) =>
        ItemRanking.Evaluate(session.GetScorer(), heldOut, plan.Graph, _cutoffs, withCatalogue: false, plan.ThreadCount, plan.Options.CancellationToken);
}
