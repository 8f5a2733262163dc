using System.Globalization;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.LightGcn;

/// <summary>Checks options; every message names the option, what was expected and what was found.</summary>
internal static class OptionsCheck
{
    public static void Check(LightGcnTrainer.Options options)
    {
        ColumnName(options.UserColumnName);
        ColumnName(options.ItemColumnName);
        if (options.UserColumnName == options.ItemColumnName)
            throw Bad(nameof(options.ItemColumnName), "a column other than the user column", $"'{options.ItemColumnName}' for both");
        AtLeast(1, options.EmbeddingDimension);
        AtLeast(0, options.LayerCount);
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
        NotNull(options.Objective);
        if (options.Objective is BprObjective bpr)
            NotNull(bpr.Negatives, "Objective.Negatives");
        if (options.Objective is SampledSoftmaxObjective softmax)
        {
            Positive(softmax.Temperature, "Objective.Temperature");
            AtLeast(1, softmax.NegativeCount, "Objective.NegativeCount");
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
    }

    private static void ColumnName(string? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (string.IsNullOrEmpty(value))
            throw Bad(Name(option), "the name of a column", value is null ? "null" : "an empty string");
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
