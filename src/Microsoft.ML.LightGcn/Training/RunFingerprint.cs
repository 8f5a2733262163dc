using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>All that the result of a training run depends on, as named texts: runs with equal texts are the same run.</summary>
internal static class RunFingerprint
{
    /// <summary>Settings that the result does not depend on, and those that have entries of their own.</summary>
    private static readonly HashSet<string> NotCompared = [nameof(TrainingSettings.ThreadCount), nameof(TrainingSettings.Seed), "EqualityContract"];

    public static Dictionary<string, string> Of(TrainingPlan plan, HeldOutInteractions? validation, string engineName)
    {
        Dictionary<string, string> run = Of(plan.Settings);
        run.Add("engine", engineName);
        BipartiteGraph graph = plan.Interactions;
        run.Add(
            "training data",
            $"{graph.InteractionCount} interactions of {graph.UserCount} users and {graph.ItemCount} items, "
            + $"SHA-256 {Hash(hash => AppendRows(hash, graph.ByUser.Offsets.Span, graph.ByUser.Indices.Span))}");
        if (plan.Graph.InteractionWeights is { } weights)
            run.Add("interaction weights", $"SHA-256 {Hash(hash => hash.Append<float>(weights))}");
        for (int r = 0; r < plan.Graph.Relations.Count; r++)
            run.Add($"relation {r + 1}", RelationText(plan.Graph.Relations[r]));
        run.Add(
            "validation data",
            validation is null
                ? "none"
                : $"{validation.InteractionCount} interactions of {validation.UserCount} users, SHA-256 {Hash(hash => AppendValidation(hash, validation))}");
        run.Add("model to continue from", ContinueText(plan));
        return run;
    }

    /// <summary>The settings and the seed alone.</summary>
    public static Dictionary<string, string> Of(TrainingSettings settings)
    {
        Dictionary<string, string> run = [];
        // By reflection, so that a setting added later is compared unless it is said to make no difference.
        foreach (PropertyInfo setting in typeof(TrainingSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (!NotCompared.Contains(setting.Name))
                run.Add($"option {setting.Name}", OptionText(setting.GetValue(settings)));
        }
        run.Add("seed", OptionText(settings.Seed));
        return run;
    }

    /// <summary>What an evaluation depends on; of the model, the scores of one user.</summary>
    public static Dictionary<string, string> OfEvaluation(IItemScorer scorer, HeldOutInteractions heldOut, BipartiteGraph? seen, TopNEvaluationOptions options)
    {
        float[] scores = new float[scorer.ItemCount];
        scorer.ScoreItems(heldOut.Users[..1], scores);
        return new Dictionary<string, string>
        {
            ["held-out data"] = $"{heldOut.InteractionCount} interactions, SHA-256 {Hash(hash => AppendValidation(hash, heldOut))}",
            ["seen data"] = seen is null ? "none" : $"SHA-256 {Hash(hash => AppendRows(hash, seen.ByUser.Offsets.Span, seen.ByUser.Indices.Span))}",
            ["model"] = $"SHA-256 {Hash(hash => hash.Append<float>(scores))} of a user's scores",
            ["options"] = JsonSerializer.Serialize(new
            {
                options.Cutoffs, options.Candidates, options.MinimumHistory, options.MaximumHistory, options.UserCount, options.Seed,
                options.WithCatalogueMetrics, options.MissingScoresRankLast, options.GainColumnName,
            }, JsonText.Plain),
        };
    }

    /// <summary>Refuses processes that train together and are not of the same run.</summary>
    /// <exception cref="InvalidOperationException">They are not; the message says what differs.</exception>
    public static void CheckSame(Dictionary<string, string> run, ProcessGroup processes)
    {
        if (processes.Count == 1)
            return;
        string[] texts = processes.GatherTexts(JsonSerializer.Serialize(run, JsonText.Plain));
        int other = Array.FindIndex(texts, text => text != texts[0]);
        if (other < 0)
            return;
        Dictionary<string, string> first = JsonSerializer.Deserialize<Dictionary<string, string>>(texts[0], JsonText.Plain)!,
            second = JsonSerializer.Deserialize<Dictionary<string, string>>(texts[other], JsonText.Plain)!;
        string differences = string.Join("; ", first.Keys.Union(second.Keys)
            .Where(name => first.GetValueOrDefault(name) != second.GetValueOrDefault(name))
            .Select(name => $"{name} is {first.GetValueOrDefault(name, "not there")} in process 0 and "
                + $"{second.GetValueOrDefault(name, "not there")} in process {other}"));
        throw new InvalidOperationException($"Processes that train together need the same options and data: {differences}.");
    }

    /// <summary>What differs, for people to read; empty for the same run.</summary>
    public static string Difference(Dictionary<string, string> saved, Dictionary<string, string> current) =>
        string.Join("; ", current.Keys.Union(saved.Keys)
            .Where(name => saved.GetValueOrDefault(name) != current.GetValueOrDefault(name))
            .Select(name => $"{name} was {saved.GetValueOrDefault(name, "not there")} and is {current.GetValueOrDefault(name, "not there")}"));

    private static string OptionText(object? value) => value switch
    {
        null => "null",
        // Two objectives may have the same settings.
        TrainingObjective => $"{value.GetType().Name} {JsonSerializer.Serialize(value, value.GetType(), JsonText.Plain)}",
        _ => JsonSerializer.Serialize(value, value.GetType(), JsonText.Plain),
    };

    private static string RelationText(EdgeSet relation) =>
        string.Create(CultureInfo.InvariantCulture,
            $"'{relation.Name}', {relation.Kind} of strength {relation.Strength}, "
            + $"{relation.EdgeCount} edges and {relation.AttributeNames.Length} attributes, SHA-256 {Hash(relation.AppendTo)}");

    private static string ContinueText(TrainingPlan plan)
    {
        int known = 0;
        string hash = Hash(hash =>
        {
            for (int node = 0; node < (plan.Previous is null ? 0 : plan.Layout.NodeCount); node++)
            {
                ReadOnlySpan<float> row = plan.Previous![node];
                if (!row.ContainsAnyExcept(0f))
                    continue;
                known++;
                hash.AppendData(BitConverter.GetBytes(node));
                hash.AppendData(MemoryMarshal.AsBytes(row));
            }
        });
        return known == 0 ? "none" : $"{known} embeddings, SHA-256 {hash}";
    }

    /// <summary>SHA-256 in hexadecimal digits.</summary>
    public static string Hash(Action<IncrementalHash> append)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        append(hash);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static void AppendValidation(IncrementalHash hash, HeldOutInteractions validation)
    {
        hash.Append<int>(validation.Users);
        for (int position = 0; position < validation.UserCount; position++)
        {
            hash.Append([-1]);
            hash.Append(validation.ItemsOf(position));
        }
    }

    /// <summary>Appends a sparse matrix without weights.</summary>
    public static void AppendRows(IncrementalHash hash, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items)
    {
        hash.Append(offsets);
        hash.Append(items);
    }
}
