using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A loaded model with all that belongs to it, from a <see cref="RecommenderPool"/>. Immutable and thread-safe: whoever handles a request takes one and
/// keeps it to the request's end, and sees nothing of a swap meanwhile. It is collected after the last that uses it.
/// </summary>
public sealed class ServedRecommender
{
    private readonly Dictionary<Type, object> _states = [];

    internal ServedRecommender(string name, int version, string path, MLContext context, ITransformer transformer, Recommender recommender)
    {
        (Name, Version, Path) = (name, version, path);
        (Context, Transformer, Recommender) = (context, transformer, recommender);
    }

    /// <summary>The name that the recommender was added under.</summary>
    public string Name { get; }

    /// <summary>1 for the model that was loaded first, and one more for each that took its place.</summary>
    public int Version { get; }

    /// <summary>When it was loaded.</summary>
    public DateTimeOffset LoadedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>The file that it comes from, in full.</summary>
    public string Path { get; }

    /// <summary>The context that it was loaded with: makes prediction engines of <see cref="Transformer"/>, say.</summary>
    public MLContext Context { get; }

    /// <summary>
    /// The model, in the form that scores fast (<see cref="LightGcnModelCatalog.RestoreLightGcn"/>), after <see cref="RecommenderOptions.Prepare"/>.
    /// Prediction engines of it have to leave it alone when they are disposed of (<see cref="PredictionEngineOptions.OwnsTransformer"/> false).
    /// </summary>
    public ITransformer Transformer { get; }

    /// <summary>Recommends with the model.</summary>
    public Recommender Recommender { get; }

    /// <summary>What <see cref="RecommenderBuilder.WithState{T}"/> made for this model.</summary>
    /// <typeparam name="T">The type that it was added with.</typeparam>
    /// <exception cref="InvalidOperationException">None of this type was added, or it is made after the one that asks for it.</exception>
    public T GetState<T>()
        where T : class
    {
        return _states.TryGetValue(typeof(T), out object? state)
            ? (T)state
            : throw new InvalidOperationException(
                $"{RecommenderName.Describe(Name)}: expected a state of the type {typeof(T).Name}, found {Found()}. "
                + $"Add it with {RecommenderName.Call(Name)}.WithState((model, services) => new {typeof(T).Name}(...)).");

        string Found() => _states.Count == 0 ? "none" : string.Join(", ", _states.Keys.Select(type => type.Name));
    }

    internal void AddState(Type type, object state) => _states.Add(type, state);
}
