namespace Microsoft.ML.LightGcn.Tests;

/// <summary>
/// Real data sets, which are not part of the repository: folders in the one that the environment variable
/// LIGHTGCN_DATASETS names, else in a folder shared/datasets beside one of the folders that hold the test binaries.
/// </summary>
internal static class Datasets
{
    private const string Variable = "LIGHTGCN_DATASETS";

    /// <summary>What to say when a test is skipped because <see cref="Find"/> found nothing.</summary>
    public static string Missing(string name) =>
        $"The data set '{name}' is not here: set {Variable} to a folder that has it, or put it into shared/datasets beside the repository.";

    /// <summary>The folder of a data set, or null.</summary>
    public static string? Find(string name)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root)
            return Existing(Path.Combine(root, name));
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "datasets", name)) is { } found)
                return found;
        }
        return null;
    }

    private static string? Existing(string folder) => Directory.Exists(folder) ? folder : null;
}
