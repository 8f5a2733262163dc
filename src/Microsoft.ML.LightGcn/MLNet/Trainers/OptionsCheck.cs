using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Trainers;

/// <summary>Checks options; every message names the option, what was expected and what was found.</summary>
internal static class OptionsCheck
{
    public static void Check(LightGcnTrainer.Options options)
    {
        Columns(options.UserColumnName, options.ItemColumnName);
        if (options.InteractionWeightColumnName is { } weightColumn)
            ColumnName(weightColumn, nameof(options.InteractionWeightColumnName));
        AtLeast(1, options.EmbeddingDimension);
        AtLeast(0, options.LayerCount);
        Relations(options);
        if (options.LayerWeights is { } weights)
        {
            if (weights.Count != options.LayerCount + 1)
                throw Bad(nameof(options.LayerWeights), $"LayerCount + 1 = {options.LayerCount + 1} weights", $"{weights.Count}");
            for (int layer = 0; layer < weights.Count; layer++)
            {
                if (!float.IsFinite(weights[layer]))
                    throw Bad($"{nameof(options.LayerWeights)}[{layer}]", "a finite number", weights[layer]);
            }
        }
        if (!Enum.IsDefined(options.PropagationPrecision))
            throw Bad(nameof(options.PropagationPrecision), "a value of PropagationPrecision", options.PropagationPrecision);
        NotNull(options.Objective);
        if (options.Objective is BprObjective bpr)
            NotNull(bpr.Negatives, "Objective.Negatives");
        if (options.Objective is SampledSoftmaxObjective softmax)
        {
            Positive(softmax.Temperature, "Objective.Temperature");
            AtLeast(1, softmax.NegativeCount, "Objective.NegativeCount");
            NotNegative(softmax.FrequencyCorrection, "Objective.FrequencyCorrection");
            NotNegative(softmax.LengthExponent, "Objective.LengthExponent");
            NotNegative(softmax.Shrinkage, "Objective.Shrinkage");
        }
        if (!Enum.IsDefined(options.Positives))
            throw Bad(nameof(options.Positives), "a value of PositiveSampling", options.Positives);
        AtLeast(1, options.BatchSize);
        AtLeast(1, options.StepsPerEpoch);
        AtLeast(1, options.EpochCount);
        Positive(options.LearningRate);
        if (!Enum.IsDefined(options.LearningRateDecay))
            throw Bad(nameof(options.LearningRateDecay), "a value of LearningRateDecay", options.LearningRateDecay);
        NotNegative(options.WeightDecay);
        NotNegative(options.BatchL2);
        NotNull(options.Initialization);
        AtLeast(1, options.NumberOfThreads);
        if (!Enum.IsDefined(options.ValidationMetric))
            throw Bad(nameof(options.ValidationMetric), "a value of RankingMetric", options.ValidationMetric);
        AtLeast(1, options.ValidationCutoff);
        AtLeast(1, options.ValidationUserCount);
        AtLeast(1, options.Patience);
        if (options.Checkpoints is { } checkpoints)
        {
            if (string.IsNullOrEmpty(checkpoints.Folder))
                throw Bad("Checkpoints.Folder", "the name of a folder", checkpoints.Folder is null ? "null" : "an empty string");
            AtLeast(1, checkpoints.EpochInterval, "Checkpoints.EpochInterval");
            if (checkpoints.TimeInterval is { } interval && !(interval >= TimeSpan.FromSeconds(1) && interval <= TimeSpan.FromDays(1)))
                throw Bad("Checkpoints.TimeInterval", "a second to a day", interval);
        }
    }

    public static void Check(ItemKnnTrainer.Options options)
    {
        Columns(options.UserColumnName, options.ItemColumnName);
        AtLeast(0, options.NeighbourCount);
        NotNegative(options.Shrinkage);
        AtLeast(1, options.NumberOfThreads);
    }

    public static void Check(EaseTrainer.Options options)
    {
        Columns(options.UserColumnName, options.ItemColumnName);
        Positive(options.Regularization);
        AtLeast(1, options.NumberOfThreads);
    }

    public static void Check(GraphFilterTrainer.Options options)
    {
        Columns(options.UserColumnName, options.ItemColumnName);
        AtLeast(0, options.LowPassDimension);
        NotNegative(options.LowPassWeight);
        AtLeast(1, options.IterationCount);
        AtLeast(0, options.Oversampling);
        AtLeast(1, options.NumberOfThreads);
    }

    /// <summary>The factories have checked everything of a relation by itself.</summary>
    private static void Relations(LightGcnTrainer.Options options)
    {
        NotNull(options.Relations);
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int r = 0; r < options.Relations.Count; r++)
        {
            if (options.Relations[r] is not { } relation)
                throw Bad($"{nameof(options.Relations)}[{r}]", "a relation", "null");
            if (!names.Add(relation.Name))
                throw Bad($"{nameof(options.Relations)}[{r}]", "a name of its own", $"'{relation.Name}' once more");
        }
        if (options.LayerCount == 0 && options.Relations.Count > 0)
            throw Bad(nameof(options.LayerCount), $"at least 1, because {nameof(options.Relations)} act in propagation alone", 0);
        if (options.LayerCount == 0 && options.InteractionWeightColumnName is not null)
            throw Bad(nameof(options.LayerCount), $"at least 1, because {nameof(options.InteractionWeightColumnName)} acts in propagation alone", 0);
    }

    /// <summary>Checks the two options that every trainer has.</summary>
    public static void Columns(string? userColumnName, string? itemColumnName)
    {
        ColumnName(userColumnName, "UserColumnName");
        ColumnName(itemColumnName, "ItemColumnName");
        if (userColumnName == itemColumnName)
            throw Bad("ItemColumnName", "a column other than the user column", $"'{itemColumnName}' for both");
    }

    /// <summary>Runs a check, whose error is then the host's.</summary>
    public static void Run(IHost host, Action check)
    {
        try
        {
            check();
        }
        catch (ArgumentException bad)
        {
            throw host.Process(bad);
        }
    }

    private static void ColumnName(string? value, string option)
    {
        if (string.IsNullOrEmpty(value))
            throw Bad(option, "the name of a column", value is null ? "null" : "an empty string");
    }

    private static void AtLeast(int least, int? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value < least)
            throw Bad(Name(option), $"at least {least}", value);
    }

    private static void Positive(float value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (!(value > 0 && float.IsFinite(value)))
            throw Bad(Name(option), "a positive finite number", value);
    }

    private static void NotNegative(float value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (!(value >= 0 && float.IsFinite(value)))
            throw Bad(Name(option), "0 or a positive finite number", value);
    }

    private static void NotNull(object? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value is null)
            throw Bad(Name(option), "a value", "null");
    }

    private static string Name(string expression) => expression.Replace("options.", "", StringComparison.Ordinal);

    private static ArgumentOutOfRangeException Bad(string option, string expected, object found) =>
        new(option, string.Create(CultureInfo.InvariantCulture, $"Option {option}: expected {expected}, found {found}."));
}
