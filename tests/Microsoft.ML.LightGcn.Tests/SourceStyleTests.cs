using System.Text.RegularExpressions;

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

    /// <summary>Where the factor of a sum is left out, TorchSharp makes a temporary one that the garbage collector may free while libtorch reads it.</summary>
    [Fact]
    public void Every_sum_of_tensors_holds_its_factor()
    {
        string folder = Path.Combine(ShownCode.Root(), "src", "Microsoft.ML.LightGcn.TorchSharp");
        int sums = 0;
        List<string> faults = [];
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs"))
        {
            string text = File.ReadAllText(file);
            foreach (Match call in Regex.Matches(text, @"\.add_?\("))
            {
                sums++;
                int depth = 1, arguments = 1, end = call.Index + call.Length;
                for (; depth > 0; end++)
                {
                    depth += text[end] is '(' or '[' ? 1 : text[end] is ')' or ']' ? -1 : 0;
                    arguments += depth == 1 && text[end] == ',' ? 1 : 0;
                }
                if (arguments < 2)
                    faults.Add($"{Path.GetFileName(file)}: {text[call.Index..end]} leaves the factor out: pass Scalars.One");
            }
        }
        Assert.True(sums > 20, $"{sums} sums");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
