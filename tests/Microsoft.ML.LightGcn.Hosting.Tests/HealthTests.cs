using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>The health of recommenders.</summary>
public sealed class HealthTests(Samples samples)
{
    [Fact]
    public async Task Who_has_a_model_is_healthy_and_degraded_while_the_last_file_is_refused()
    {
        await using Service service = await Service.StartAsync(samples.Zip, add: services => services.AddRecommender("films").FromFile(samples.Own));
        HealthReportEntry health = await service.HealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Equal("The recommender serves model 1. Recommender 'films' serves model 1.", health.Description);
        Assert.Equal(new Dictionary<string, object> { [""] = 1, ["films"] = 1 }, health.Data);

        service.Replace("no model"u8.ToArray());
        await service.UntilLogAsync("Refused");
        health = await service.HealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.StartsWith("The recommender serves model 1 on, for the last file was refused: Expected a model ", health.Description, StringComparison.Ordinal);

        service.Replace(samples.Own);
        await service.UntilVersionAsync(2);
        await Service.UntilAsync(() => service.HealthAsync().Result.Status == HealthStatus.Healthy, "health");
        Assert.Equal(2, (await service.HealthAsync()).Data[""]);
    }

    [Fact]
    public async Task Who_has_no_model_is_unhealthy_with_the_reason_once_it_is_known()
    {
        await using Service service = new();
        RecommenderPool pool = service.Build(services =>
        {
            services.AddRecommender("books").FromFile(service.ModelPath);
            services.AddRecommender("films").FromFile(samples.Own);
        }).GetRequiredService<RecommenderPool>();
        pool.Get("films");
        HealthReportEntry health = await service.HealthAsync();
        Assert.Equal((HealthStatus.Unhealthy, "Recommender 'books' has no model yet. Recommender 'films' serves model 1."), (health.Status, health.Description));
        Assert.Throws<FileNotFoundException>(() => pool.Get("books"));
        health = await service.HealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.StartsWith($"Recommender 'books': expected a model at '{service.ModelPath}', found no file.", health.Description, StringComparison.Ordinal);
        File.Copy(samples.Zip, service.ModelPath);
        pool.Get("books");
        Assert.Equal(HealthStatus.Healthy, (await service.HealthAsync()).Status);
    }

    [Fact]
    public async Task What_is_reported_can_be_chosen()
    {
        await using Service service = new();
        IServiceProvider services = service.Build(services =>
        {
            services.AddRecommender().FromFile(service.ModelPath);
            services.AddHealthChecks().AddRecommenders("models", HealthStatus.Degraded, ["ready"]);
        });
        HealthReport report = await services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains("ready"), TestContext.Current.CancellationToken);
        Assert.Equal(("models", HealthStatus.Degraded), (Assert.Single(report.Entries).Key, report.Status));
    }

    [Fact]
    public async Task Without_a_recommender_it_says_how_to_add_one()
    {
        await using Service service = new();
        service.Build(_ => { });
        HealthReportEntry health = await service.HealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains("services.AddRecommender(name).FromFile(path)", health.Description, StringComparison.Ordinal);
    }
}
