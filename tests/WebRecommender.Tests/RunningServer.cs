using System.Net;
using System.Net.Http.Json;
using LightGcn.Examples;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using WebRecommender.Api;

namespace WebRecommender.Tests;

/// <summary>A server on a free port of the loopback address, whose model file is a test's own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    // Not a bound of speed: what has not happened by then will not.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder;

    private RunningServer(WebApplication server, string folder, LogLines log)
    {
        Application = server;
        _folder = folder;
        Log = log;
        Address = new Uri(server.Urls.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public WebApplication Application { get; }

    public LogLines Log { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>The file that the server watches.</summary>
    public string ModelPath => ModelPathIn(_folder);

    /// <summary>Starts a server.</summary>
    /// <param name="samples">The models.</param>
    /// <param name="model">The model to start with, copied.</param>
    /// <param name="requestsPerSecond">The limit of the rate; without it none that a test would meet.</param>
    /// <param name="change">Changes the settings further.</param>
    /// <param name="configure">Adds to the server before it starts.</param>
    public static async Task<RunningServer> StartAsync(Samples samples, string model, int requestsPerSecond = int.MaxValue, Func<ServerSettings, ServerSettings>? change = null, Action<WebApplication>? configure = null)
    {
        string folder = Directory.CreateTempSubdirectory("web-recommender-").FullName;
        File.Copy(model, ModelPathIn(folder));
        LogLines log = new();
        ServerSettings settings = new() { ModelPath = ModelPathIn(folder), BooksFolder = samples.Books, PollInterval = TimeSpan.FromMilliseconds(20), RequestsPerSecond = requestsPerSecond };
        WebApplication server = Server.Create(change?.Invoke(settings) ?? settings, logging => logging.ClearProviders().AddProvider(log));
        configure?.Invoke(server);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new RunningServer(server, folder, log);
    }

    /// <summary>Puts a model in the old one's place in one step.</summary>
    public void Replace(string source) => Replace(File.ReadAllBytes(source));

    /// <summary>Puts bytes in the model's place in one step.</summary>
    public void Replace(byte[] bytes) => AtomicFile.Write(ModelPath, stream => stream.Write(bytes));

    public async Task<ModelAnswer> ModelAsync() => (await Client.GetFromJsonAsync<ModelAnswer>(new Uri("api/model", UriKind.Relative), TestContext.Current.CancellationToken))!;

    public async Task<T> GetAsync<T>(string path) => (await Client.GetFromJsonAsync<T>(new Uri(path, UriKind.Relative), Json.Options, TestContext.Current.CancellationToken))!;

    public async Task<RecommendationAnswer> RecommendAsync(params int[] liked)
    {
        using HttpResponseMessage answer = await Client.PostAsJsonAsync(new Uri("api/recommendations", UriKind.Relative), new RecommendationRequest { Liked = liked }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<RecommendationAnswer>(Json.Options, TestContext.Current.CancellationToken))!;
    }

    /// <summary>Waits until something holds, and fails when it never does.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < end, $"Waited in vain: {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public Task UntilVersionAsync(int version) => UntilAsync(async () => (await ModelAsync()).Version == version, $"model {version}");

    public Task UntilLogAsync(string text, int times = 1) => UntilAsync(() => Task.FromResult(Log.Count(text) >= times), $"log with \"{text}\"");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Application.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string ModelPathIn(string folder) => Path.Combine(folder, "model.zip");
}
