using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A loaded model with all that belongs to it, from a <see cref="RecommenderPool"/>. It is immutable and thread-safe. A request takes one and keeps it to
/// the request's end, so it does not see a swap meanwhile. It is collected after its last use.
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

    /// <summary>1 for the model that was loaded first, and one more for each model that replaced it.</summary>
    public int Version { get; }

    /// <summary>When the model was loaded, in UTC.</summary>
    public DateTimeOffset LoadedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>The full path of the file that the model comes from.</summary>
    public string Path { get; }

    /// <summary>The context that the model was loaded with, for example to make prediction engines of <see cref="Transformer"/>.</summary>
    public MLContext Context { get; }

    /// <summary>
    /// The model, in the form that scores fast (<see cref="LightGcnModelCatalog.RestoreLightGcn"/>), after <see cref="RecommenderOptions.Prepare"/>.
    /// Prediction engines of it must not dispose of it: make them with <see cref="PredictionEngineOptions.OwnsTransformer"/> false.
    /// </summary>
    public ITransformer Transformer { get; }

    /// <summary>Recommends with the model.</summary>
    public Recommender Recommender { get; }

    /// <summary>What <see cref="RecommenderBuilder.WithState{T}"/> made for this model.</summary>
    /// <typeparam name="T">The type that the state was added with.</typeparam>
    /// <exception cref="InvalidOperationException">No state of this type was added, or it is made after the state that asks for it.</exception>
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
