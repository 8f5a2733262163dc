using System.Diagnostics;

namespace LightGcn.Testing;

/// <summary>Programs in processes of their own.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="name">Name of its assembly, beside that of the tests.</param>
    /// <param name="arguments">The command line.</param>
    public static Task<(int Exit, string Output, string Error)> RunAsync(string name, params IEnumerable<string> arguments) => RunAsync(name, arguments, []);

    /// <summary>Starts a program.</summary>
    public static Process Start(string name, IEnumerable<string> arguments, (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string variable, string value) in environment)
            start.Environment[variable] = value;
        return Process.Start(start)!;
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(string name, IEnumerable<string> arguments, (string Name, string Value)[] environment)
    {
        using Process process = Start(name, arguments, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a program that is to refuse its command line: exit code 1, one line that begins with what is given, and no stack trace.</summary>
    public static async Task AssertRefusedAsync(string name, string[] arguments, string expected, params (string Name, string Value)[] environment)
    {
        (int exit, string output, string error) = await RunAsync(name, arguments, environment);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Equal(1, exit);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
        Assert.DoesNotContain("Usage:", output, StringComparison.Ordinal);
    }
}
