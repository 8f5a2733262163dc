using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Epochs, steps, mean loss, validation, best epoch, early stop and checkpoints. An engine runs the steps.</summary>
internal sealed class TrainingLoop(
    TrainingPlan plan,
    HeldOutInteractions? validation,
    Action<TrainingEpoch> report,
    CheckpointFolder? checkpoints,
    CancellationToken cancellationToken = default)
{
    internal const string TooLarge = "the embeddings are too large to be scored";

    // Bytes that validation leaves for each user it ranks for, beside the scaled weights.
    private const long GarbagePerUser = 100;

    // The smallest float of full precision.
    private const float MinimumNormal = 1.17549435e-38f;

    private static readonly int[] StandardCutoffs = [10, 20, 50];

    private readonly TrainingSettings _settings = plan.Settings;
    private ProcessGroup _processes = ProcessGroup.Single;
    private readonly int[] _cutoffs = [.. StandardCutoffs.Append(plan.Settings.ValidationCutoff).Distinct().Order()];

    /// <summary>Weights from item to item, on any scale, that scores have beside the embeddings; null for none.</summary>
    public SparseItemWeights? NeighbourWeights { get; init; }

    /// <summary>Trains and returns the best epoch's embeddings by validation, or the last epoch's without it.</summary>
    /// <exception cref="InvalidOperationException">
    /// The loss or the embeddings are no longer finite, the embeddings are zero, or the checkpoint is of another run.
    /// </exception>
    public TrainedEmbeddings Run(TrainingEngine engine) => Run(engine, Result);

    /// <summary>Trains, and leaves what came out where it is: nobody gets all of it at once.</summary>
    /// <param name="engine">What trains.</param>
    /// <param name="take">Takes it; all processes call it.</param>
    /// <inheritdoc cref="Run(TrainingEngine)" path="/exception"/>
    public void RunInPlace(TrainingEngine engine, Action<TrainedRows> take) => Run(engine, (session, state) =>
    {
        state.RestoreBest();
        session.FinishInPlace();
        TrainedRows rows = new(plan, session, _processes);
        if (NeighbourWeights is not null)
            rows.Neighbourhood = NeighbourhoodScale.Apply(NeighbourWeights, _settings.Neighbourhood!.Weight, rows, plan, _processes);
        take(rows);
        return true;
    });

    /// <exception cref="InvalidOperationException">It is below what numbers keep their precision at.</exception>
    public static void CheckGreatest(TrainingPlan plan, float users, float items)
    {
        // Below it numbers lose their precision, and products are 0.
        if (Math.Min(Math.Min(users, items), (double)users * items) < MinimumNormal)
            throw TrainingFailure.Vanished(plan);
    }

    private T Run<T>(TrainingEngine engine, Func<ITrainingSession, TrainingState, T> end)
    {
        _processes = engine.Processes;
        using ITrainingSession session = Start(engine);
        TrainingState state = new(session, plan.Layout, _settings.EmbeddingDimension);
        checkpoints?.Resume(state);
        TrainingProgress progress = state.Progress;
        try
        {
            while (!HasEnded(progress))
            {
                RunEpoch(session, state);
                if (checkpoints is not null && (HasEnded(progress) || checkpoints.IsDueAfter(progress.Epoch)))
                    checkpoints.Save(state);
            }
        }
        catch (OperationCanceledException) when (checkpoints is not null)
        {
            checkpoints.Save(state);
            throw;
        }
        return end(session, state);
    }

    private ITrainingSession Start(TrainingEngine engine)
    {
        Matrix start = StartingEmbeddings(engine);
        // The tables that the start was made from, and what reading the data left.
        UnusedMemory.GiveBack(2 * TrainingMemory.TableBytes(plan));
        return _processes.Together(() => engine.Start(plan, start));
    }

    // A method of its own: as long as one runs, the runtime may keep what its variables held.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Matrix StartingEmbeddings(TrainingEngine engine) => InitialEmbeddings.Create(plan, engine.Columns(plan), cancellationToken);

    private bool HasEnded(TrainingProgress progress) => progress.Epoch == _settings.EpochCount || progress.EpochsSinceBest >= _settings.Patience;

    private void RunEpoch(ITrainingSession session, TrainingState state)
    {
        TrainingProgress progress = state.Progress;
        RunSteps(session, state);
        double loss = progress.LossSum / plan.StepsPerEpoch;
        if (!double.IsFinite(loss))
            throw TrainingFailure.Diverged(plan, $"the loss of epoch {progress.Epoch + 1} is {loss}");

        long start = Stopwatch.GetTimestamp();
        TopNMetrics? metrics = validation is null ? null : Validate(session, validation);
        if (validation is not null)
            UnusedMemory.GiveBack(2L * sizeof(float) * (NeighbourWeights?.NonZeroCount ?? 0) + GarbagePerUser * validation.UserCount);
        bool isBest = true;
        if (metrics is not null)
        {
            // One process's word: the last bit of a mean decides what all do next.
            double value = _processes.OfFirst(metrics[_settings.ValidationMetric, _settings.ValidationCutoff]);
            isBest = progress.Best is not { } best || value > best;
            progress.EpochsSinceBest = isBest ? 0 : progress.EpochsSinceBest + 1;
            if (isBest)
            {
                progress.Best = value;
                state.KeepBest();
            }
        }
        TimeSpan trainingTime = progress.TrainingTime;
        (progress.TrainingTime, progress.LossSum) = (TimeSpan.Zero, 0);
        progress.Epoch++;
        TrainingEpoch epoch = new(
            progress.Epoch, _settings.EpochCount, loss, metrics, isBest, trainingTime, Stopwatch.GetElapsedTime(start), plan.SamplesPerEpoch);
        _processes.Together(() => report(epoch));
    }

    /// <summary>Runs the steps of an epoch, with a stop for every checkpoint that falls due meanwhile.</summary>
    private void RunSteps(ITrainingSession session, TrainingState state)
    {
        TrainingProgress progress = state.Progress;
        long end = (progress.Epoch + 1) * plan.StepsPerEpoch;
        while (progress.Step < end)
        {
            using CancellationTokenSource? timer = checkpoints?.StartTimer(cancellationToken);
            long start = Stopwatch.GetTimestamp();
            double lossSum = progress.LossSum;
            progress.Step += session.RunSteps(progress.Step, end - progress.Step, ref lossSum, timer?.Token ?? cancellationToken);
            progress.LossSum = lossSum;
            progress.TrainingTime += Stopwatch.GetElapsedTime(start);
            if (progress.Step == end)
                return;
            ThrowIfCancelled();
            checkpoints!.Save(state);
        }
    }

    /// <summary>Ends with the caller's token, who knows no other; in all processes where it is cancelled in one.</summary>
    private void ThrowIfCancelled()
    {
        if (_processes.Any(cancellationToken.IsCancellationRequested))
            throw new OperationCanceledException(cancellationToken);
    }

    private TopNMetrics Validate(ITrainingSession session, HeldOutInteractions heldOut)
    {
        IItemScorer scorer = session.Propagate(UsersToScore(heldOut));
        try
        {
            if (NeighbourWeights is not null)
                scorer = new NeighbourhoodScorer(scorer, NeighbourhoodOf(scorer, NeighbourWeights));
            return ItemRanking.Evaluate(
                scorer, heldOut, plan.Interactions, _cutoffs, withCatalogue: false, _settings.ThreadCount, cancellationToken, plan.Known,
                processes: _processes);
        }
        // A loss of cosines stays finite whatever the embeddings become.
        catch (InvalidOperationException) when (!IsPropagatedFinite(session))
        {
            throw TrainingFailure.Diverged(plan, TooLarge);
        }
    }

    /// <summary>The users whom this process ranks for, and those whose scores give the weights from item to item their scale.</summary>
    private int[] UsersToScore(HeldOutInteractions heldOut)
    {
        (int first, int end) = _processes.OwnShareOf(heldOut.UserCount);
        int[] own = heldOut.Users[first..end].ToArray();
        return NeighbourWeights is null ? own : [.. own.Union(NeighbourhoodScale.SampledUsersOf(plan.Interactions)).Order()];
    }

    /// <summary>The neighbourhood on the scale of the embeddings as they are.</summary>
    private Neighbourhood NeighbourhoodOf(IItemScorer embeddings, SparseItemWeights weights) =>
        NeighbourhoodScale.Apply(weights, _settings.Neighbourhood!.Weight, embeddings, plan.Interactions, plan.Known);

    private TrainedEmbeddings Result(ITrainingSession session, TrainingState state)
    {
        state.RestoreBest();
        (NodeTable layer0, NodeTable final) = session.Finish();
        ClearUnknown(layer0);
        ClearUnknown(final);
        if (!IsFinite(final) || !IsFinite(layer0))
            throw TrainingFailure.Diverged(plan, TooLarge);
        CheckGreatest(plan, Greatest(final.Users), Greatest(final.Items));
        return new TrainedEmbeddings(final, layer0)
        {
            Neighbourhood = NeighbourWeights is null
                ? null
                : NeighbourhoodOf(new FactorScorer(final.UserRows, final.Items.Span), NeighbourWeights),
        };
    }

    /// <summary>Whether the embeddings of what is known are finite as they score, after the session has propagated them.</summary>
    private bool IsPropagatedFinite(ITrainingSession session)
    {
        int nodes = plan.Layout.WithoutAttributes.NodeCount, dimension = _settings.EmbeddingDimension;
        float[] part = new float[TrainingStateWriter.PartOf((long)nodes * dimension, dimension)];
        bool isFinite = true;
        for (int first = 0, count; first < nodes; first += count)
        {
            count = Math.Min(part.Length / dimension, nodes - first);
            // All processes read all parts.
            session.ReadRows(TrainingTable.Propagated, first, part.AsSpan(0, count * dimension));
            for (int row = 0; row < count; row++)
            {
                isFinite &= !plan.Known.Has(plan.Layout, first + row)
                    || float.IsFinite(TensorPrimitives.SumOfSquares<float>(part.AsSpan(row * dimension, dimension)));
            }
        }
        return isFinite;
    }

    private void ClearUnknown(NodeTable rows)
    {
        foreach (int user in plan.Known.UnknownUsers)
            rows[user].Clear();
        foreach (int item in plan.Known.UnknownItems)
            rows[plan.Layout.ItemNode(item)].Clear();
    }

    private static float Greatest(Memory<float> rows) => Math.Abs(TensorPrimitives.MaxMagnitude<float>(rows.Span));

    private static bool IsFinite(NodeTable table) => float.IsFinite(TensorPrimitives.SumOfSquares<float>(table.Values));
}
