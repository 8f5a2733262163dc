using System.Globalization;

namespace LightGcn.Examples;

/// <summary>
/// The folder of one training run, <c>model_yyyyMMdd_HHmmss</c>: the model, what it was started with, its epochs, its
/// results and the mappings from indices back to identifiers.
/// </summary>
public sealed class RunFolder
{
    private static readonly Lock Creation = new();

    private RunFolder(string path) => FullPath = path;

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>Where the pipeline goes, from ids to scores: <c>model.zip</c>, a file of ML.NET.</summary>
    public string PipelinePath => Path.Combine(FullPath, "model.zip");

    /// <summary>Where the model with its ids goes: <c>model.safetensors</c>, which is mapped into memory where it serves.</summary>
    public string ModelPath => Path.Combine(FullPath, "model.safetensors");

    /// <summary>Where the configuration goes: <c>config.json</c>.</summary>
    public string ConfigPath => Path.Combine(FullPath, "config.json");

    /// <summary>Where the results go: <c>metrics.json</c>, a <see cref="ResultsFile"/>.</summary>
    public string MetricsPath => Path.Combine(FullPath, "metrics.json");

    /// <summary>Where the log of epochs goes: <c>epochs.csv</c>.</summary>
    public string EpochsPath => Path.Combine(FullPath, "epochs.csv");

    /// <summary>Where the users' identifiers go: <c>user2idx.csv</c>.</summary>
    public string UserMapPath => Path.Combine(FullPath, "user2idx.csv");

    /// <summary>Where the books' identifiers go: <c>book2idx.csv</c>.</summary>
    public string BookMapPath => Path.Combine(FullPath, "book2idx.csv");

    /// <summary>Where the plot of the epochs goes: <c>learning_curve.png</c>.</summary>
    public string LearningCurvePath => Path.Combine(FullPath, "learning_curve.png");

    /// <summary>Makes a new folder; runs of one second get the suffixes _2, _3 and so on.</summary>
    /// <param name="root">The folder of all runs; made where it is missing.</param>
    /// <param name="model">The model's name; characters that no file name may have become "-".</param>
    /// <param name="clock">The clock; the system's where null. The local time names the folder.</param>
    /// <exception cref="ArgumentException">The model's name is empty.</exception>
    public static RunFolder Create(string root, string model, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        string time = (clock ?? TimeProvider.System).GetLocalNow().ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);
        string name = $"{FileNamePart(model)}_{time}";
        lock (Creation)
        {
            string path = Path.Combine(Path.GetFullPath(root), name);
            for (int suffix = 2; Path.Exists(path); suffix++)
                path = Path.Combine(Path.GetFullPath(root), $"{name}_{suffix}");
            Directory.CreateDirectory(path);
            return new(path);
        }
    }

    /// <summary>Starts the log of epochs.</summary>
    /// <param name="metrics">Names of the validation metrics.</param>
    public EpochLog OpenEpochLog(params IReadOnlyList<string> metrics) => new(EpochsPath, metrics);

    /// <summary>Writes the configuration.</summary>
    /// <typeparam name="T">The type of the object.</typeparam>
    /// <param name="config">An object whose properties are the configuration.</param>
    public void WriteConfig<T>(T config) => ConfigFile.Write(ConfigPath, config);

    /// <summary>Writes the user_id of each user index.</summary>
    /// <param name="userIds">The identifier at each index.</param>
    public void WriteUserMap(IReadOnlyList<int> userIds) => WriteMap(UserMapPath, "user_id", userIds);

    /// <summary>Writes the book_id of each item index.</summary>
    /// <param name="bookIds">The identifier at each index.</param>
    public void WriteBookMap(IReadOnlyList<int> bookIds) => WriteMap(BookMapPath, "book_id", bookIds);

    private static void WriteMap(string path, string column, IReadOnlyList<int> ids) => AtomicFile.WriteText(path, writer =>
    {
        writer.WriteLine($"{column},index");
        for (int index = 0; index < ids.Count; index++)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ids[index]},{index}"));
    });

    /// <summary>The same on every platform, so that a folder made on one can be copied to another.</summary>
    private static string FileNamePart(string model) =>
        string.Concat(model.Trim().Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
}
