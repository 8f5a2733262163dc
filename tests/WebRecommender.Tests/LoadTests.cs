using System.Text.RegularExpressions;
using LightGcn.Testing;

namespace WebRecommender.Tests;

/// <summary>Load from a second process on the loopback address while models are swapped: no request fails.</summary>
public sealed partial class LoadTests(Samples samples)
{
    [Fact]
    public async Task No_request_fails_while_models_good_and_broken_come_in()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        Task<(int Exit, string Output, string Error)> load = Programs.RunAsync("WebRecommender", ["load", server.Address.ToString(), "--seconds", "10", "--connections", "4"]);
        int version = 1, refusals = 0;
        while (!load.IsCompleted)
        {
            server.Replace("broken"u8.ToArray());
            await server.UntilLogAsync("Refused", ++refusals);
            server.Replace(version % 2 == 1 ? samples.Second : samples.First);
            await server.UntilVersionAsync(++version);
        }
        (int exit, string report, string error) = await load;
        Assert.True(exit == 0, report + error);
        Match figures = Figures().Match(report);
        Assert.True(figures.Success, report);
        Assert.Equal("0", figures.Groups["failed"].Value);
        // Models changed while requests came.
        Assert.True(figures.Groups["models"].Value.Split(' ').Length >= 2, report);
        TestContext.Current.TestOutputHelper?.WriteLine(report);
    }

    [Fact]
    public async Task A_load_tells_of_failed_requests()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First, requestsPerSecond: 1);
        (int exit, string output, _) = await Programs.RunAsync("WebRecommender", ["load", server.Address.ToString(), "--seconds", "1", "--connections", "2"]);
        Assert.Equal(1, exit);
        Assert.Contains("failed: status 429", output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^requests \d+, failed (?<failed>\d+), \d+/s, p50 .* models (?<models>[\d ]+)\s*$")]
    private static partial Regex Figures();
}
