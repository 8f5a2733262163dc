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
    /// Takes the model from a file: one that ML.NET saved (<see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/>) or one of this
    /// library's own (<see cref="LightGcnModelCatalog.SaveRecommendationModel"/>). Its content says which it is, whatever its name.
    /// </summary>
    /// <remarks>A model file is code to whoever loads it: let nobody write to it whom you would not let write the program.</remarks>
    /// <param name="path">The file, from the current directory if it is not in full; <see cref="RecommenderOptions.Path"/>.</param>
    /// <param name="watchForChanges">Whether a newer file of this name takes the model's place; <see cref="RecommenderOptions.WatchForChanges"/>.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public RecommenderBuilder FromFile(string path, bool watchForChanges = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Configure(options => (options.Path, options.WatchForChanges) = (path, watchForChanges));
    }

    /// <summary>Sets options, after those that were set before.</summary>
    /// <param name="configure">Sets them; options are checked when the host starts.</param>
    /// <returns>The same builder.</returns>
    public RecommenderBuilder Configure(Action<RecommenderOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>
    /// Adds what belongs to a model and is made once for each that is loaded, such as an index of its items or a pool of prediction engines:
    /// <see cref="ServedRecommender.GetState{T}"/> gives it back. A model whose state can't be made is refused.
    /// </summary>
    /// <remarks>
    /// States are made in the order in which they were added, before <see cref="RecommenderOptions.Try"/>; a later one may ask for an earlier one. They are
    /// used by many requests at a time, and are collected with their model: nothing disposes of them.
    /// </remarks>
    /// <typeparam name="T">The type, one state of each.</typeparam>
    /// <param name="create">Makes the state, from the model and the application's singletons.</param>
    /// <returns>The same builder.</returns>
    public RecommenderBuilder WithState<T>(Func<ServedRecommender, IServiceProvider, T> create)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(create);
        return Configure(options => options.States.Add(new ModelState(typeof(T), create)));
    }
}
