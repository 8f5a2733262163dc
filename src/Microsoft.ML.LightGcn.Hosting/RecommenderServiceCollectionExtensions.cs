using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds recommenders to an application.</summary>
public static class RecommenderServiceCollectionExtensions
{
    /// <summary>
    /// Adds a recommender that serves a model from a file: <c>services.AddRecommender("books").FromFile("model.safetensors", watchForChanges: true)</c>.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The model is loaded when the host starts, or when it is first asked for, if that is earlier. If it can't be loaded, the host does not start. After
    /// that, <see cref="RecommenderPool"/> gives it out to any number of callers at a time.
    /// </para>
    /// <para>
    /// A <see cref="ServedRecommender"/> is a scoped service too, so everything that handles a request works with one model. Under a name other than the
    /// default, it is a keyed service with the name as its key (<c>[FromKeyedServices("books")]</c>).
    /// </para>
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="name">
    /// The recommender's name; the default is the empty one. A name that was added before gives the same recommender, to describe further.
    /// </param>
    /// <returns>The builder that describes the recommender.</returns>
    public static RecommenderBuilder AddRecommender(this IServiceCollection services, string name = "")
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        AddPool(services);
        RecommenderName added = new(name);
        if (!services.Any(service => service.ServiceType == typeof(RecommenderName) && added.Equals(service.ImplementationInstance)))
        {
            services.AddSingleton(added);
            if (name.Length == 0)
                services.AddScoped(scope => scope.GetRequiredService<RecommenderPool>().Get());
            else
                services.AddKeyedScoped(name, (scope, _) => scope.GetRequiredService<RecommenderPool>().Get(name));
        }
        return new RecommenderBuilder(services, name);
    }

    internal static void AddPool(IServiceCollection services)
    {
        services.AddOptions();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RecommenderOptions>, RecommenderOptionsValidator>());
        services.TryAddSingleton(provider => new RecommenderPool(provider));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RecommenderHost>());
    }
}
