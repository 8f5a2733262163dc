using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>Matrix factorization with BPR, trained until validation interactions are ranked no better any more.</summary>
internal static class BprTraining
{
    private const int Patience = 5, MaximumEpochs = 200, ValidationUsers = 5000;

    /// <summary>The settings; of the dimensions, rates and L2 that were tried on held-out training interactions of Gowalla the best ones.</summary>
    public static LightGcnTrainer.Options Options(int dimension, int epochs, int seed, CancellationToken cancellationToken)
    {
        LightGcnTrainer.Options options = LightGcnTrainer.Options.MatrixFactorization();
        options.EmbeddingDimension = dimension;
        options.EpochCount = epochs;
        // Adam moves the whole table in each step: with the preset's smaller batches that takes most of the time.
        options.BatchSize = 16_384;
        options.LearningRate = 5e-3f;
        options.BatchL2 = 5e-3f;
        options.Seed = seed;
        options.CancellationToken = cancellationToken;
        return options;
    }

    /// <summary>
    /// Trains, and keeps the best epoch. Where the data have no validation part, that number of epochs is found with a tenth of the training
    /// interactions held out, and the model is trained again on all of them for as many.
    /// </summary>
    public static TrainedModel Train(TrainingInput input, int dimension)
    {
        int bestEpoch = 0;
        LightGcnTrainer.Options options = Options(dimension, MaximumEpochs, input.Seed, input.CancellationToken);
        options.Patience = Patience;
        options.ValidationCutoff = input.Cutoff;
        options.ValidationUserCount = ValidationUsers;
        options.Progress = new EpochObserver(epoch =>
        {
            if (epoch.IsBest)
                bestEpoch = epoch.Epoch;
        });
        Stopwatch clock = Stopwatch.StartNew();
        IItemScorer best = input.Ml.Ranking.Trainers.LightGcn(options).Fit(input.Choosing.Train, input.Choosing.Validation).Model;
        double seconds = clock.Elapsed.TotalSeconds;
        string setting = string.Create(CultureInfo.InvariantCulture, $"{dimension} dimensions, {bestEpoch} epochs");
        if (input.Validation is not null)
            return new TrainedModel(best, seconds, setting);
        options = Options(dimension, bestEpoch, input.Seed, input.CancellationToken);
        return TrainedModel.Of(() => input.Ml.Ranking.Trainers.LightGcn(options).Fit(input.Train).Model, setting, seconds);
    }

    private sealed class EpochObserver(Action<TrainingEpoch> observe) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => observe(value);
    }
}
