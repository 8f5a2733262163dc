using System.CommandLine;
using System.Diagnostics;
using LightGcn.Examples;

namespace LightGcn.Testing;

/// <summary>Programs by their command lines: in processes of their own, or their commands here.</summary>
internal static class Programs
{
    /// <summary>Starts a program.</summary>
    /// <param name="name">Name of its assembly, beside that of the tests.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Variables of its environment.</param>
    public static Process Start(string name, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string variable, string value) in environment)
            start.Environment[variable] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Exit, string Output, string Error)> RunAsync(string name, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        using Process process = Start(name, arguments, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a program that is to refuse its command line.</summary>
    public static async Task AssertRefusedAsync(string name, IEnumerable<string> arguments, string expected, params (string Name, string Value)[] environment)
    {
        (int exit, string output, string error) = await RunAsync(name, arguments, environment);
        AssertRefused(exit, output, error, expected);
    }

    /// <summary>Runs a command that is to refuse its command line.</summary>
    public static async Task AssertRefusedAsync(RootCommand command, IReadOnlyList<string> arguments, string expected)
    {
        using StringWriter output = new(), error = new();
        int exit = await CommandProgram.RunAsync(command, arguments, new() { Output = output, Error = error }, TestContext.Current.CancellationToken);
        AssertRefused(exit, output.ToString(), error.ToString(), expected);
    }

    /// <summary>Exit code 1, one line that begins as expected, and neither a stack trace nor the help.</summary>
    private static void AssertRefused(int exit, string output, string error, string expected)
    {
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Equal(1, exit);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
        Assert.DoesNotContain("Usage:", output, StringComparison.Ordinal);
    }
}
