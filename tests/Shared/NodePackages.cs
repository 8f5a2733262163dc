using System.ComponentModel;
using System.Diagnostics;

namespace LightGcn.Testing;

/// <summary>What tests take from npm: tests/node/package.json says which versions.</summary>
internal static class NodePackages
{
    /// <summary>The folder of package.json, where Node finds the packages.</summary>
    public static string Folder => Path.Combine(Repository.Root(), "tests", "node");

    /// <summary>The folder of a package; skips the test where it is not installed.</summary>
    public static string FolderOrSkip(string package)
    {
        string folder = Path.Combine(Folder, "node_modules", package);
        Assert.SkipUnless(Directory.Exists(folder), $"Needs {package} of npm: npm ci --ignore-scripts --prefix tests/node");
        return folder;
    }

    /// <summary>The output of Node; skips the test where there is no Node.</summary>
    /// <param name="arguments">The script and what it takes.</param>
    /// <param name="input">What the script reads.</param>
    public static async Task<string> RunOrSkipAsync(IEnumerable<string> arguments, string input)
    {
        ProcessStartInfo start = new("node", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            CancellationToken token = TestContext.Current.CancellationToken;
            Task<string> output = process.StandardOutput.ReadToEndAsync(token), errors = process.StandardError.ReadToEndAsync(token);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(token);
            Assert.True(process.ExitCode == 0, await errors);
            return await output;
        }
        catch (Win32Exception)
        {
            Assert.Skip("Needs Node: node is not on the path.");
            return "";
        }
    }
}
