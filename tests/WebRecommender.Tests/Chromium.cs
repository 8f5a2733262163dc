using Microsoft.Playwright;

namespace WebRecommender.Tests;

/// <summary>Headless Chromium, where this machine has it.</summary>
internal static class Chromium
{
    private const string Variable = "LIGHTGCN_CHROMIUM";

    /// <summary>The path of Chromium, by LIGHTGCN_CHROMIUM or where it is usually installed; skips the test where there is none.</summary>
    public static string PathOrSkip()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        string? path = string.IsNullOrEmpty(named) ? Array.Find(["/usr/bin/chromium", "/usr/bin/google-chrome"], File.Exists) : named;
        Assert.SkipWhen(path is null, $"Needs Chromium: set {Variable} to its path, or install it (Debian: chromium).");
        return path!;
    }

    // In a container there is often no user namespace for the sandbox; the page is our own. The browser's own errands find no network.
    public static Task<IBrowser> LaunchAsync(IPlaywright playwright, string path) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = path,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}
