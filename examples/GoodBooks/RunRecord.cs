using System.Reflection;
using System.Runtime.InteropServices;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace GoodBooks;

/// <summary>Writes config.json: everything it takes to run the same again.</summary>
internal static class RunRecord
{
    public static void Write(RunFolder folder, Settings settings, LightGcnTrainer.Options options, ResultsData data) => folder.WriteConfig(new
    {
        Model = "LightGCN",
        Data = data,
        Source = settings.Data ?? (settings.Download ? "download" : "synthetic"),
        settings.Seed,
        settings.Preset,
        settings.Engine,
        settings.Content,
        Options = new
        {
            options.EmbeddingDimension,
            options.LayerCount,
            options.LayerWeights,
            options.PropagationPrecision,
            // A record writes its type and its settings.
            Neighbourhood = options.Neighbourhood?.ToString() ?? "none",
            Objective = options.Objective.ToString(),
            options.Positives,
            options.BatchSize,
            options.StepsPerEpoch,
            options.EpochCount,
            options.LearningRate,
            options.LearningRateDecay,
            options.WeightDecay,
            options.BatchL2,
            Initialization = options.Initialization.ToString(),
            options.Seed,
            options.NumberOfThreads,
            options.ValidationMetric,
            options.ValidationCutoff,
            options.ValidationUserCount,
            options.Patience,
            Engine = options.Engine?.Name ?? "cpu",
        },
        Versions = new
        {
            LightGcn = Version(typeof(LightGcnTrainer)),
            MlNet = Version(typeof(MLContext)),
            Runtime = RuntimeInformation.FrameworkDescription,
            OperatingSystem = RuntimeInformation.OSDescription,
            Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
            Processors = Environment.ProcessorCount,
        },
    });

    private static string? Version(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
