using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>Loads a recommender's model file, whichever kind it is of, and makes all that belongs to it.</summary>
internal sealed class ModelLoader
{
    private readonly IServiceProvider _services;
    private readonly ModelCopies _copies;

    public ModelLoader(string name, RecommenderOptions options, IServiceProvider services, ModelCopies copies)
    {
        (Name, Options, Path) = (name, options, System.IO.Path.GetFullPath(options.Path!));
        (_services, _copies) = (services, copies);
    }

    public string Name { get; }

    public RecommenderOptions Options { get; }

    /// <summary>The model file, in full.</summary>
    public string Path { get; }

    /// <summary>Deletes the copies of models that are no longer used.</summary>
    public void Sweep() => _copies.Sweep();

    /// <exception cref="IOException">The file can't be opened now.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened now.</exception>
    // Whoever writes models may replace the file meanwhile; this one is read to its end all the same.
    public FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Loads a model that serves, ready for its first request.</summary>
    /// <param name="file">The file, from its start.</param>
    /// <param name="version">The version that the model gets.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or a hook of the application refused its model; the message says which and why.</exception>
    public ServedRecommender Load(FileStream file, int version)
    {
        MLContext ml = new();
        ITransformer transformer = Step(
            "Expected a model that ML.NET or Microsoft.ML.LightGcn saved, found one that can't be loaded", () => Read(ml, file));
        if (Options.Prepare is { } prepare)
            transformer = Step($"{nameof(Options.Prepare)} refused it", () => prepare(ml, transformer) ?? throw new InvalidOperationException("it gave null."));
        Recommender recommender = Step(
            "No recommender can be made of it", () => ml.Model.CreateRecommender(transformer, Options.Defaults, Options.ScoreColumnName));
        ServedRecommender model = new(Name, version, Path, ml, transformer, recommender);
        foreach (ModelState state in Options.States)
        {
            object made = Step(
                $"Its state {state.Type.Name} can't be made", () => state.Create(model, _services) ?? throw new InvalidOperationException("there is null."));
            model.AddState(state.Type, made);
        }
        if (Options.Try is { } attempt)
        {
            Step($"{nameof(Options.Try)} refused it", () =>
            {
                attempt(model);
                return model;
            });
        }
        return model;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A damaged file, and a hook, may fail in any way.")]
    private static T Step<T>(string failure, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception reason)
        {
            throw new InvalidDataException($"{failure}: {Cause(reason)}", reason);
        }
    }

    /// <summary>The message of an error on one line, without the name of a parameter of ours; it ends in a full stop.</summary>
    private static string Cause(Exception error)
    {
        // ML.NET makes steps by reflection: the cause is the innermost error.
        Exception cause = error is System.Reflection.TargetInvocationException ? error.GetBaseException() : error;
        string message = cause is ArgumentException { ParamName: { } name }
            ? cause.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
            : cause.Message;
        return string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.') + ".";
    }

    private ITransformer Read(MLContext ml, FileStream file)
    {
        if (!SavedFile.IsOwn(file))
        {
            SavedFile.CheckParts(file);
            file.Position = 0;
            return ml.Model.RestoreLightGcn(ml.Model.Load(file, out _));
        }
        if (!Options.CopyBeforeUse)
            return ml.Model.LoadRecommendationModel(Path, Options.Verification);
        string copy = System.IO.Path.GetTempFileName();
        try
        {
            using (FileStream target = new(copy, FileMode.Create, FileAccess.Write))
                file.CopyTo(target);
            return ml.Model.LoadRecommendationModel(copy, Options.Verification);
        }
        finally
        {
            // What is mapped stays, though its name goes.
            _copies.Delete(copy);
        }
    }
}
