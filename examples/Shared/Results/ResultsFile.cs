using System.Text.Json;
using System.Text.Json.Serialization;

namespace LightGcn.Examples;

/// <summary>The results of one or more models on one data set: the one schema that examples and leaderboard write.</summary>
/// <remarks>
/// As JSON: <c>{"data": {"users", "items", "interactions", "train", "validation", "test"}, "models": [{"name", "metrics":
/// {"hit@10": 0.08, ...}, "trainSeconds", "evaluationSeconds", "peakMemoryBytes", "intervals":
/// {"hit@10": [0.07, 0.09], ...}, "setting"}]}</c>. Metrics keep their order; intervals and setting may be absent.
/// </remarks>
/// <param name="Data">Sizes of the data.</param>
/// <param name="Models">One entry for each model.</param>
public sealed record ResultsFile(ResultsData Data, IReadOnlyList<ModelResult> Models)
{
    /// <summary>Writes the file in one step: a reader finds the old one or the new one.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <exception cref="ArgumentException">A metric or a time is not a finite number, which JSON cannot hold.</exception>
    public void Write(string path) => AtomicFile.Write(path, stream =>
    {
        JsonSerializer.Serialize(stream, this, ResultsJson.Default.ResultsFile);
        stream.WriteByte((byte)'\n');
    });

    /// <summary>Reads a file that <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is not of the schema; the message names the file and the place in it.</exception>
    public static ResultsFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        try
        {
            return JsonSerializer.Deserialize(stream, ResultsJson.Default.ResultsFile) ?? throw new JsonException("The file holds null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{Path.GetFileName(path)}: expected results of the schema of {nameof(ResultsFile)}. {exception.Message}", exception);
        }
    }
}

/// <summary>Sizes of a data set after filtering, and of its split.</summary>
/// <param name="Users">Number of users.</param>
/// <param name="Items">Number of items.</param>
/// <param name="Interactions">Number of interactions in all.</param>
/// <param name="Train">Number of training interactions.</param>
/// <param name="Validation">Number of validation interactions.</param>
/// <param name="Test">Number of test interactions.</param>
public sealed record ResultsData(int Users, int Items, long Interactions, long Train, long Validation, long Test);

/// <summary>What one model reached, and at what cost.</summary>
/// <param name="Name">The model's name, such as "LightGCN".</param>
/// <param name="Metrics">Test metrics by name, such as "ndcg@10", in the order to show them.</param>
/// <param name="TrainSeconds">Time to train, validation included.</param>
/// <param name="EvaluationSeconds">Time to evaluate on the test interactions.</param>
/// <param name="PeakMemoryBytes">Most memory that the process held so far; see <see cref="PeakMemory"/>.</param>
public sealed record ModelResult(string Name, OrderedDictionary<string, double> Metrics, double TrainSeconds, double EvaluationSeconds, long PeakMemoryBytes)
{
    /// <summary>95 % intervals of metrics by name, each the lower and the upper end; null where none were taken.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, double[]>? Intervals { get; init; }

    /// <summary>The setting that was chosen, such as "lambda 30"; null where the name says it all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Setting { get; init; }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ResultsFile))]
internal sealed partial class ResultsJson : JsonSerializerContext;
