using System.Diagnostics;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>What a test needs of the file system that not every machine has.</summary>
internal static class FileSystem
{
    /// <summary>Makes a symbolic link, or skips the test where the account may make none.</summary>
    public static void Link(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
        }
        catch (Exception error) when (OperatingSystem.IsWindows() && error is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"This account may not make symbolic links: on Windows that takes developer mode or an administrator. {error.Message}");
        }
    }

    /// <summary>Makes a named pipe, or skips the test where files can be none.</summary>
    public static void Pipe(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Named pipes are no files on Windows.");
        using Process made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    /// <summary>Skips the test where files have no Unix modes.</summary>
    public static void RequireModes() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Files on Windows have no Unix mode.");

    /// <summary>Skips the test for an account that no permission stops.</summary>
    public static void RequirePermissions() =>
        Assert.SkipWhen(!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess, "No permission stops root: run the test as another user.");
}
