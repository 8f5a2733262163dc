using System.Diagnostics.CodeAnalysis;
using LightGcn.Examples;
using WebRecommender.Metrics;

namespace WebRecommender.Models;

/// <summary>
/// Holds the model that serves. A request takes <see cref="Current"/> once and keeps it to its end; a swap changes what the next
/// request takes, so none waits and none sees two models. The old model is collected when its last request is done.
/// </summary>
internal sealed partial class ModelStore
{
    private readonly BookCatalog _titles;
    private readonly ServerMetrics _metrics;
    private readonly ILogger<ModelStore> _log;
    private volatile ServedModel _current;

    /// <summary>Loads the first model; there is no server without one.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="titles">Titles of books.</param>
    /// <param name="metrics">Counts what is loaded and refused.</param>
    /// <param name="log">Told of what is loaded and refused.</param>
    public ModelStore(string path, BookCatalog titles, ServerMetrics metrics, ILogger<ModelStore> log)
    {
        Path = path;
        _titles = titles;
        _metrics = metrics;
        _log = log;
        FirstStamp = FileStamp.Of(path) ?? throw new FileNotFoundException($"Expected a model at '{path}', found no file.", path);
        using FileStream file = Open();
        Serve(ServedModel.Load(file, 1, titles));
    }

    /// <summary>The model file.</summary>
    public string Path { get; }

    /// <summary>What the file was when the first model was loaded.</summary>
    public FileStamp FirstStamp { get; }

    /// <summary>The model that serves.</summary>
    public ServedModel Current => _current;

    /// <summary>Loads the file again and serves it; a broken one is refused with the reason in the log, and the old one serves on.</summary>
    /// <exception cref="IOException">The file cannot be opened now: somebody is writing it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be opened now.</exception>
    public void Reload()
    {
        FileStream file = Open();
        try
        {
            ServedModel model;
            using (file)
                model = ServedModel.Load(file, _current.Version + 1, _titles);
            Serve(model);
        }
        catch (InvalidDataException reason)
        {
            _metrics.CountRefusal();
            LogRefused(Path, reason.Message, _current.Version);
        }
    }

    [MemberNotNull(nameof(_current))]
    private void Serve(ServedModel model)
    {
        _current = model;
        _metrics.CountModel(model);
        LogServing(model.Version, Path, model.Recommender.UserCount, model.Recommender.ItemCount);
    }

    // Whoever writes models may replace the file meanwhile; this one is read to its end all the same.
    private FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    [LoggerMessage(2, LogLevel.Information, "Serving model {Version} of {Path}: {Readers} readers, {Books} books.")]
    private partial void LogServing(int version, string path, int readers, int books);

    [LoggerMessage(3, LogLevel.Error, "Refused the model at {Path}: {Reason} Model {Version} serves on.")]
    private partial void LogRefused(string path, string reason, int version);
}
