using LightGcn.Testing;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The code of a document is what a test runs: lines between "// NAME: begin" and "// NAME: end" stand in the document.</summary>
internal static class ShownCode
{
    private const int Indentation = 8;

    /// <param name="document">The document, from the repository's root.</param>
    /// <param name="testFile">The test's file, from the folder of this project.</param>
    /// <param name="name">The name of the marks.</param>
    /// <param name="parts">How many parts the file has.</param>
    public static void AssertIn(string document, string testFile, string name, int parts)
    {
        string root = Root(), text = File.ReadAllText(Path.Combine(root, document)).ReplaceLineEndings("\n");
        string[] lines = File.ReadAllLines(Path.Combine(root, "tests", "Microsoft.ML.LightGcn.Tests", testFile));
        int[] begins = Places($"// {name}: begin"), ends = Places($"// {name}: end");
        Assert.Equal(parts, begins.Length);
        foreach ((int begin, int end) in begins.Zip(ends))
        {
            string code = string.Join('\n', lines[(begin + 1)..end].Select(line => line.Length > Indentation ? line[Indentation..] : ""));
            Assert.Contains(code, text, StringComparison.Ordinal);
        }

        int[] Places(string mark) => [.. Enumerable.Range(0, lines.Length).Where(n => lines[n].Trim() == mark)];
    }

    /// <summary>The repository's root.</summary>
    public static string Root() => Repository.Root();
}
