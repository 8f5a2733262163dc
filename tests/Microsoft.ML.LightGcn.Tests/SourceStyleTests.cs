namespace Microsoft.ML.LightGcn.Tests;

/// <summary>House rules that the compiler does not hold.</summary>
public sealed class SourceStyleTests
{
    private const int MaximumLength = 160;

    [Fact]
    public void No_line_of_the_products_is_longer_than_a_screen()
    {
        string root = ShownCode.Root();
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))];
        Assert.True(files.Length > 150, $"{files.Length} files");
        string[] faults = [.. files.SelectMany(file => File.ReadLines(file)
            .Select((line, n) => (Place: $"{Path.GetRelativePath(root, file)}({n + 1})", line.Length))
            .Where(line => line.Length > MaximumLength)
            .Select(line => $"{line.Place}: expected at most {MaximumLength} characters, found {line.Length}"))];
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }
}
