using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>A host whose model file is a test's own.</summary>
internal sealed class Service : IAsyncDisposable
{
    // Not a bound of speed: what has not happened by then will not.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lightgcn-hosting-");
    private IHost? _host;

    public Service() => ModelPath = Path.Combine(_folder.FullName, "model");

    public string ModelPath { get; }

    public LogLines Log { get; } = new();

    public IServiceProvider Services => _host!.Services;

    public RecommenderPool Pool => Services.GetRequiredService<RecommenderPool>();

    /// <summary>A started host that watches the model file, or another that is described.</summary>
    /// <param name="model">Copied to the model file; null for none.</param>
    /// <param name="describe">Describes the default recommender further.</param>
    /// <param name="add">Adds to the services.</param>
    public static async Task<Service> StartAsync(string? model, Action<RecommenderBuilder>? describe = null, Action<IServiceCollection>? add = null)
    {
        Service service = new();
        if (model is not null)
            File.Copy(model, service.ModelPath);
        service.Build(services =>
        {
            RecommenderBuilder builder = services.AddRecommender().FromFile(service.ModelPath, watchForChanges: true)
                .Configure(options => options.PollInterval = TimeSpan.FromMilliseconds(20));
            describe?.Invoke(builder);
            add?.Invoke(services);
        });
        try
        {
            await service._host!.StartAsync(TestContext.Current.CancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a host and does not start it.</summary>
    public IServiceProvider Build(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(Log);
        add(builder.Services);
        builder.Services.AddHealthChecks().AddRecommenders();
        _host = builder.Build();
        return _host.Services;
    }

    /// <summary>Puts a file in the model's place in one step.</summary>
    public void Replace(string source) => Replace(File.ReadAllBytes(source));

    /// <inheritdoc cref="Replace(string)"/>
    public void Replace(byte[] bytes)
    {
        string written = ModelPath + ".new";
        File.WriteAllBytes(written, bytes);
        File.Move(written, ModelPath, overwrite: true);
    }

    public Task UntilVersionAsync(int version) => UntilAsync(() => Pool.Get().Version == version, $"model {version}");

    public Task UntilLogAsync(string text, int times = 1) => UntilAsync(() => Log.With(text).Length >= times, $"log with \"{text}\"");

    /// <summary>Waits until something holds, and fails when it never does.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < end, $"Waited in vain: {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public async Task<HealthReportEntry> HealthAsync() =>
        (await Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["recommenders"];

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(TestContext.Current.CancellationToken);
            _host.Dispose();
        }
        Log.Dispose();
        _folder.Delete(recursive: true);
    }
}
