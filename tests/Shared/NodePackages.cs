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
}
