using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// The errors of a training whose embeddings became too large or vanished. They name what is the likely reason: of all that could be one, what is
/// farthest from the ordinary. The bounds of the ordinary are those that presets and published settings keep within; options are allowed far more.
/// </summary>
internal static class TrainingFailure
{
    /// <summary>The error of a loss or of embeddings that are not finite any more.</summary>
    /// <param name="plan">What was trained.</param>
    /// <param name="how">What is not finite.</param>
    public static InvalidOperationException Diverged(TrainingPlan plan, string how) => new(
        $"Training diverged: {how}. "
        + (Reason(Overflow(plan)) ?? $"Lower {nameof(TrainingSettings.LearningRate)} (now {Expect.Text(plan.Settings.LearningRate)})."));

    /// <summary>The error of embeddings that are zero, or so small that scores are.</summary>
    public static InvalidOperationException Vanished(TrainingPlan plan) => new(
        "Training gave nothing: the embeddings are so near to zero that all scores are 0. "
        + (Reason(Underflow(plan)) ?? $"Lower {nameof(TrainingSettings.WeightDecay)} (now {Expect.Text(plan.Settings.WeightDecay)}) or train longer."));

    private static string? Reason(IEnumerable<Suspect> suspects)
    {
        Suspect likeliest = suspects.MaxBy(suspect => suspect.Excess);
        return likeliest.Excess > 0 ? $"The likely reason is {likeliest.Name}: expected {likeliest.Ordinary} as a rule, found {likeliest.Found}." : null;
    }

    private static IEnumerable<Suspect> Overflow(TrainingPlan plan)
    {
        TrainingSettings settings = plan.Settings;
        yield return AtMost(0.1f, settings.LearningRate, Option(nameof(settings.LearningRate)));
        yield return AtMost(10, settings.LayerWeights.Max(Math.Abs), Option(nameof(settings.LayerWeights)));
        yield return AtMost(1, settings.Initialization.StandardDeviation ?? 0, Option("Initialization.StandardDeviation"));
        if (settings.Objective is SampledSoftmaxObjective softmax)
        {
            yield return AtLeast(0.01f, softmax.Temperature!.Value, Option("Objective.Temperature"));
            yield return AtMost(2, softmax.FrequencyCorrection!.Value, Option("Objective.FrequencyCorrection"));
        }
        if (plan.Previous is { } previous)
            yield return AtMost(100, previous.Greatest(), "an embedding of the model to continue from");
        foreach (Suspect suspect in Both(plan))
            yield return suspect;
    }

    private static IEnumerable<Suspect> Underflow(TrainingPlan plan)
    {
        TrainingSettings settings = plan.Settings;
        yield return AtLeast(0.01f, settings.LayerWeights.Max(Math.Abs), Option(nameof(settings.LayerWeights)));
        yield return AtLeast(0.001f, settings.Initialization.StandardDeviation ?? 0.001f, Option("Initialization.StandardDeviation"));
        if (settings.Objective is SampledSoftmaxObjective softmax)
            yield return AtMost(1000, softmax.Shrinkage!.Value, Option("Objective.Shrinkage"));
        if (plan.Previous is { } previous)
            yield return AtLeast(1e-3f, previous.Greatest(), "the greatest embedding of the model to continue from");
        foreach (Suspect suspect in Both(plan))
            yield return suspect;
    }

    /// <summary>What may bring embeddings to either end.</summary>
    private static IEnumerable<Suspect> Both(TrainingPlan plan)
    {
        TrainingSettings settings = plan.Settings;
        yield return AtMost(0.01f, settings.WeightDecay, Option(nameof(settings.WeightDecay)));
        yield return AtMost(0.1f, settings.BatchL2, Option(nameof(settings.BatchL2)));
        // A power moves a length by decades, to the side on which it is.
        if (settings.Objective is SampledSoftmaxObjective { LengthExponent: var exponent })
            yield return new Suspect(Option("Objective.LengthExponent"), "at most 1.5", Expect.Text(exponent), 2 * (exponent - 1.5));
        if (plan.Graph.InteractionWeights is { } weights)
        {
            int place = Least(weights);
            int user = UserOf(plan.Interactions, place), item = plan.Interactions.ByUser.Indices.Span[place];
            yield return RelativeWeight(weights[place], $"{Option("InteractionWeightColumnName")}, the weight of user key {user + 1} and item key {item + 1}");
        }
        for (int r = 0; r < plan.Graph.Relations.Count; r++)
        {
            EdgeSet relation = plan.Graph.Relations[r];
            yield return AtMost(100, relation.Strength, Option($"Relations[{r}].Strength"));
            yield return AtLeast(0.01f, relation.Strength, Option($"Relations[{r}].Strength"));
            if (relation.Rows.HasWeights)
                yield return RelativeWeight(TensorPrimitives.Min(relation.Rows.Weights.Span), Option($"Relations[{r}].WeightColumnName"));
        }
    }

    private static string Option(string name) => $"option {name}";

    private static Suspect RelativeWeight(float weight, string name) =>
        AtLeast(1e-6f, weight, name) with { Ordinary = "at least 1E-06 times the mean of the weights", Found = $"{Expect.Text(weight)} times it" };

    private static Suspect AtMost(float bound, float found, string name) =>
        new(name, $"at most {Expect.Text(bound)}", Expect.Text(found), Decades(found, bound));

    private static Suspect AtLeast(float bound, float found, string name) =>
        new(name, $"at least {Expect.Text(bound)}", Expect.Text(found), Decades(bound, found));

    /// <summary>How many powers of ten a number is above another, both not negative; NaN is above all.</summary>
    private static double Decades(double above, double below) =>
        double.IsNaN(above) || double.IsNaN(below) ? double.PositiveInfinity : above == 0 ? double.NegativeInfinity : Math.Log10(above / below);

    private static float Greatest(ReadOnlySpan<float> values)
    {
        float greatest = 0;
        foreach (float value in values)
            greatest = Math.Max(greatest, Math.Abs(value));
        return greatest;
    }

    private static int Least(ReadOnlySpan<float> weights) => weights.IndexOf(TensorPrimitives.Min(weights));

    private static int UserOf(BipartiteGraph graph, int place)
    {
        int user = 0;
        while (graph.ByUser.Offsets.Span[user + 1] <= place)
            user++;
        return user;
    }

    /// <summary>Something that may be the reason.</summary>
    /// <param name="Name">What it is.</param>
    /// <param name="Ordinary">What is ordinary.</param>
    /// <param name="Found">What was found.</param>
    /// <param name="Excess">How many powers of ten it is beyond the ordinary; negative within.</param>
    private readonly record struct Suspect(string Name, string Ordinary, string Found, double Excess);
}
