using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>The code of the package's page compiles, runs, and is the code that stands there.</summary>
public sealed class DocumentTests(Samples samples)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_of_your_own_works_as_written()
    {
        string modelPath = samples.Own;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();

        // SERVICE: begin
        builder.Services.AddRecommender("books").FromFile(modelPath, watchForChanges: true);
        builder.Services.AddHealthChecks().AddRecommenders();
        WebApplication app = builder.Build();
        app.MapHealthChecks("/health");
        app.MapGet("/users/{id}/recommendations", (string id, RecommenderPool models) =>
        {
            ServedRecommender model = models.Get("books");   // once in a request: a swap changes what the next one gets
            return new { model.Version, Items = model.Recommender.Recommend(id).Items.Select(item => item.Id) };
        });
        // SERVICE: end

        await app.StartAsync(Token);
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal("Healthy", await client.GetStringAsync(new Uri("health", UriKind.Relative), Token));
        Answer? answer = await client.GetFromJsonAsync<Answer>(new Uri("users/u3/recommendations", UriKind.Relative), Token);
        Assert.Equal(1, answer?.Version);
        Assert.Equal(Samples.Expected(samples.Own).Select(item => item.Item1), answer?.Items);
        await app.DisposeAsync();
    }

    [Fact]
    public async Task What_belongs_to_a_model_works_as_written()
    {
        ServiceCollection services = new();
        string modelPath = samples.Own;

        // STATE: begin
        services.AddRecommender("books").FromFile(modelPath, watchForChanges: true)
            .WithState((model, _) => new Popular(model.Recommender.Recommend("nobody").Items))
            .Configure(options =>
            {
                options.PollInterval = TimeSpan.FromSeconds(10);
                options.Try = model => model.Recommender.RecommendToNewUser(model.Recommender.GetItems("i3", "i12"));
            });
        // STATE: end

        await using ServiceProvider provider = services.BuildServiceProvider();
        RecommenderPool models = provider.GetRequiredService<RecommenderPool>();

        // ASK: begin
        IReadOnlyList<ScoredItem> popular = models.Get("books").GetState<Popular>().Items;
        // ASK: end

        Assert.Equal(10, popular.Count);
    }

    [Theory]
    [InlineData("SERVICE", 1)]
    [InlineData("STATE", 1)]
    [InlineData("ASK", 1)]
    public void The_code_is_the_page_s(string name, int parts) =>
        ShownCode.AssertIn("docs/serving.md", "../Microsoft.ML.LightGcn.Hosting.Tests/DocumentTests.cs", name, parts);

    private sealed record Popular(IReadOnlyList<ScoredItem> Items);

    private sealed record Answer(int Version, string[] Items);
}
