using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Describes a recommender that an application serves, from
/// <see cref="RecommenderServiceCollectionExtensions.AddRecommender(IServiceCollection, string)"/>.
/// </summary>
public sealed class RecommenderBuilder
{
    internal RecommenderBuilder(IServiceCollection services, string name) => (Services, Name) = (services, name);

    /// <summary>The services that the recommender was added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The recommender's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Takes the model from a file that ML.NET saved (<see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/>) or one in this
    /// library's own format (<see cref="LightGcnModelCatalog.SaveRecommendationModel"/>). The content of the file decides which it is, not its name.
    /// </summary>
    /// <remarks>Loading a file that ML.NET saved can run code: let only those write to it who may also change the program.</remarks>
    /// <param name="path">The file; a relative path starts from the current directory. See <see cref="RecommenderOptions.Path"/>.</param>
    /// <param name="watchForChanges">
    /// Whether a newer file at this path takes the model's place. See <see cref="RecommenderOptions.WatchForChanges"/>.
    /// </param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public RecommenderBuilder FromFile(string path, bool watchForChanges = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Configure(options => (options.Path, options.WatchForChanges) = (path, watchForChanges));
    }

    /// <summary>Sets options. Calls take effect in their order.</summary>
    /// <param name="configure">Sets them; options are checked when the host starts.</param>
    /// <returns>The same builder.</returns>
    public RecommenderBuilder Configure(Action<RecommenderOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>
    /// Adds state to the models: an object that is made once for each loaded model, such as an index of its items or a pool of prediction engines.
    /// <see cref="ServedRecommender.GetState{T}"/> gives it back. A model whose state can't be made is refused.
    /// </summary>
    /// <remarks>
    /// States are made in the order in which they were added, before <see cref="RecommenderOptions.Try"/> runs; a later one may ask for an earlier one.
    /// Many requests use a state at once, so it must be thread-safe. States are collected with their model; nothing disposes of them.
    /// </remarks>
    /// <typeparam name="T">The type of the state; a recommender has at most one state of each type.</typeparam>
    /// <param name="create">Makes the state, from the model and the application's singletons.</param>
    /// <returns>The same builder.</returns>
    public RecommenderBuilder WithState<T>(Func<ServedRecommender, IServiceProvider, T> create)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(create);
        return Configure(options => options.States.Add(new ModelState(typeof(T), create)));
    }
}
