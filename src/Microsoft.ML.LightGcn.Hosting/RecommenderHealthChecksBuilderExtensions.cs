using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health of recommenders to an application's health checks.</summary>
public static class RecommenderHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds one check of all recommenders that were added with
    /// <see cref="RecommenderServiceCollectionExtensions.AddRecommender(IServiceCollection, string)"/>: healthy when each has a model, degraded when the
    /// last file of one was refused and its old model serves on, unhealthy when one has no model. The check's description has the reasons; its data have
    /// the version that each serves. The check loads nothing.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What is reported when a recommender has no model; null for unhealthy.</param>
    /// <param name="tags">Tags to choose checks by; null for none.</param>
    /// <returns>The same health checks.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static IHealthChecksBuilder AddRecommenders(
        this IHealthChecksBuilder builder, string name = "recommenders", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        RecommenderServiceCollectionExtensions.AddPool(builder.Services);
        return builder.Add(new HealthCheckRegistration(
            name, services => new RecommenderHealthCheck(services.GetRequiredService<RecommenderPool>()), failureStatus, tags));
    }
}
