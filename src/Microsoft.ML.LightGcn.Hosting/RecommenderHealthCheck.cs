using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>Whether every recommender has a model, and the last file of each serves.</summary>
internal sealed class RecommenderHealthCheck(RecommenderPool pool) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(context.Registration.FailureStatus));

    private HealthCheckResult Check(HealthStatus failure)
    {
        if (pool.Names.Count == 0)
            return new HealthCheckResult(failure, "Expected a recommender, found none. Add one with services.AddRecommender(name).FromFile(path).");
        HealthStatus status = HealthStatus.Healthy;
        List<string> lines = [];
        Dictionary<string, object> versions = [];
        foreach (RecommenderSlot slot in pool.Slots.OrderBy(slot => slot.Name, StringComparer.Ordinal))
        {
            string who = RecommenderName.Describe(slot.Name);
            string? refusal = slot.Refusal;
            if (slot.Served is not { } model)
            {
                status = Worse(status, failure);
                lines.Add(refusal ?? $"{who} has no model yet.");
                continue;
            }
            versions.Add(slot.Name, model.Version);
            if (refusal is not null)
                status = Worse(status, HealthStatus.Degraded);
            lines.Add(refusal is null
                ? $"{who} serves model {model.Version}."
                : $"{who} serves model {model.Version} on, for the last file was refused: {refusal}");
        }
        return new HealthCheckResult(status, string.Join(' ', lines), data: versions);
    }

    // From healthy, 2, to unhealthy, 0.
    private static HealthStatus Worse(HealthStatus one, HealthStatus other) => one < other ? one : other;
}
