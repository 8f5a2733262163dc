using System.ComponentModel;
using System.Diagnostics;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>Python, where this machine has it: it reads what we write for it.</summary>
internal static class PythonScript
{
    /// <summary>The output of a Python script, by LIGHTGCN_PYTHON or python3; skips the test where there is none.</summary>
    public static string Run(string script, params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("LIGHTGCN_PYTHON") ?? "python3", ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
            return output.ReplaceLineEndings("\n").TrimEnd();
        }
        catch (Win32Exception)
        {
            Assert.Skip("python3 is not on the path.");
            return "";
        }
    }
}
