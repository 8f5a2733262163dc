using LightGcn.Examples;

namespace GoodBooks.Tests;

/// <summary>The real data sets, where this machine has them: no copy belongs to the project.</summary>
internal static class RealGoodBooks
{
    private const string Variable = "LIGHTGCN_DATASETS";

    /// <summary>The folder of the real files; skips the test where there is none.</summary>
    public static string FolderOrSkip() => FolderOrSkip("goodbooks-10k");

    /// <summary>The folder of MovieLens' small files; skips the test where there is none.</summary>
    public static string MovieLensOrSkip() => FolderOrSkip("ml-latest-small");

    /// <summary>The folder of the real files; null where there is none.</summary>
    public static string? FolderOrNull(string name = "goodbooks-10k") =>
        Roots().Select(root => Path.Combine(root, name)).FirstOrDefault(folder => GoodBooksFiles.Find(folder, GoodBooksFiles.Ratings) is not null);

    private static string FolderOrSkip(string name)
    {
        if (FolderOrNull(name) is { } folder)
            return folder;
        Assert.Skip($"Needs {name}/{GoodBooksFiles.Ratings}[.gz] in the folder that {Variable} names, or in shared/datasets beside a parent folder of the tests.");
        return "";
    }

    private static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "shared", "datasets");
    }
}
