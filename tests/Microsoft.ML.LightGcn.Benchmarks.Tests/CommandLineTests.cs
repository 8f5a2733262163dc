using System.Diagnostics;

namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

/// <summary>The exit code tells whether anything ran.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData(1, "--bogus")]
    [InlineData(1, "--job", "abc", "--filter", "*OneThread")]
    [InlineData(1, "--filter", "*nothing*")]
    [InlineData(1, "--job", "dry", "--inProcess", "--filter", "*ArithmeticBenchmarks.OneThread*", "--artifacts", "{file}")]
    [InlineData(0, "--list", "flat")]
    public async Task A_mistake_is_no_success_and_no_crash(int expected, params string[] arguments)
    {
        string file = Path.GetTempFileName();
        ProcessStartInfo start = new("dotnet", [typeof(BenchmarkConfiguration).Assembly.Location, .. arguments.Select(argument => argument == "{file}" ? file : argument)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.Delete(file);
        Assert.True(process.ExitCode == expected, await output + await error);
        Assert.DoesNotContain("   at ", await output + await error, StringComparison.Ordinal);
    }
}
