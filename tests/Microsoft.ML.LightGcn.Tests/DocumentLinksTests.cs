using System.Text.RegularExpressions;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>Links between pages lead somewhere, and every page can be reached from the README.</summary>
public sealed partial class DocumentLinksTests
{
    [Fact]
    public void Every_link_leads_to_a_file_and_its_heading()
    {
        List<string> faults = [];
        int links = 0;
        foreach (string page in Pages())
        {
            foreach ((string target, string anchor) in Links(page))
            {
                links++;
                string file = target.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, target));
                if (!File.Exists(file))
                    faults.Add($"{Name(page)}: {target} is not there");
                else if (anchor.Length > 0 && !Headings(file).Contains(anchor))
                    faults.Add($"{Name(page)}: {target} has no heading #{anchor}");
            }
        }
        Assert.True(links > 50, $"{links} links");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Every_page_can_be_reached_from_the_README()
    {
        string readme = Path.Combine(ShownCode.Root(), "README.md");
        HashSet<string> reached = [readme];
        Queue<string> open = new([readme]);
        while (open.TryDequeue(out string? page))
        {
            foreach ((string target, _) in Links(page))
            {
                string file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, target));
                if (target.EndsWith(".md", StringComparison.Ordinal) && File.Exists(file) && reached.Add(file))
                    open.Enqueue(file);
            }
        }
        // What the package shows and what maintainers read stand for themselves.
        string[] alone = ["PACKAGE.md", "RELEASING.md", "CHANGELOG.md"];
        Assert.Empty(Pages().Where(page => !reached.Contains(page)).Select(Name).Except(alone));
    }

    private static IEnumerable<string> Pages()
    {
        string root = ShownCode.Root();
        return Directory.GetFiles(root, "*.md").Concat(Directory.GetFiles(Path.Combine(root, "docs"), "*.md"));
    }

    private static string Name(string page) => Path.GetRelativePath(ShownCode.Root(), page).Replace('\\', '/');

    private static IEnumerable<(string Target, string Anchor)> Links(string page)
    {
        foreach (Match link in LinkPattern().Matches(Fences().Replace(File.ReadAllText(page), "")))
        {
            string[] parts = link.Groups[1].Value.Split('#', 2);
            if (!parts[0].Contains("://", StringComparison.Ordinal))
                yield return (parts[0], parts.Length > 1 ? parts[1] : "");
        }
    }

    /// <summary>The anchors that GitHub makes of headings.</summary>
    private static HashSet<string> Headings(string page) => page.EndsWith(".md", StringComparison.Ordinal)
        ? [.. File.ReadLines(page).Where(line => line.StartsWith('#')).Select(line => NoAnchor().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'))]
        : [];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NoAnchor();
}
