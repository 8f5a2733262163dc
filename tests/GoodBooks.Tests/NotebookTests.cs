using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LightGcn.Testing;

namespace GoodBooks.Tests;

/// <summary>The notebook: it runs from its first cell to its last, in a kernel of .NET.</summary>
public sealed class NotebookTests
{
    private static readonly string Folder = Path.Combine(Repository.Root(), "examples", "Notebook"), Notebook = Path.Combine(Folder, "Films.ipynb");

    [Fact]
    public void It_has_the_packages_of_the_library_and_no_outputs()
    {
        using JsonDocument notebook = JsonDocument.Parse(File.ReadAllText(Notebook));
        JsonElement[] cells = [.. notebook.RootElement.GetProperty("cells").EnumerateArray().Where(cell => cell.GetProperty("cell_type").GetString() == "code")];
        Assert.All(cells, cell => Assert.Equal(0, cell.GetProperty("outputs").GetArrayLength()));
        MatchCollection references = Regex.Matches(Text(cells[0].GetProperty("source")), """^#r "nuget: (.*), (.*)"$""", RegexOptions.Multiline);
        Dictionary<string, string> versions = XDocument.Load(Path.Combine(Repository.Root(), "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
        Assert.All(references, reference => Assert.Equal(versions[reference.Groups[1].Value], reference.Groups[2].Value));
        IEnumerable<string> needed = XDocument.Load(Path.Combine(Repository.Root(), "src", "Microsoft.ML.LightGcn", "Microsoft.ML.LightGcn.csproj"))
            .Descendants("PackageReference").Where(package => package.Attribute("PrivateAssets") is null).Select(package => package.Attribute("Include")!.Value);
        Assert.Equal(needed.Append("ScottPlot").Order(), references.Select(reference => reference.Groups[1].Value).Order());
    }

    [Fact]
    public async Task It_runs_to_its_end()
    {
        string? kernel = Kernel();
        Assert.SkipWhen(
            kernel is null,
            "dotnet-repl, which runs notebooks, is not here: install it (dotnet tool install --global dotnet-repl), or let LIGHTGCN_DOTNET_REPL name it.");
        Assert.SkipUnless(
            File.Exists(Path.Combine(Repository.Root(), "src", "Microsoft.ML.LightGcn", "bin", "Release", "net10.0", "Microsoft.ML.LightGcn.dll")),
            "The notebook uses the library as it is built for Release: dotnet build -c Release.");
        string folder = Directory.CreateTempSubdirectory("notebook").FullName, outputs = Path.Combine(folder, "outputs.ipynb");
        ProcessStartInfo start = new(kernel!, ["--run", Notebook, "--exit-after-run", "--output-path", outputs])
        {
            WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // Films that are made up: with real ones it takes longer.
        start.Environment.Remove("LIGHTGCN_DATASETS");
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(10));
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string log = await process.StandardOutput.ReadToEndAsync(limit.Token) + await errors;
            await process.WaitForExitAsync(limit.Token);
            Assert.True(File.Exists(outputs), log);
            using JsonDocument notebook = JsonDocument.Parse(await File.ReadAllTextAsync(outputs, limit.Token));
            JsonElement[] all = [.. notebook.RootElement.GetProperty("cells").EnumerateArray()
                .Where(cell => cell.TryGetProperty("outputs", out _)).SelectMany(cell => cell.GetProperty("outputs").EnumerateArray())];
            Assert.DoesNotContain(all, output => output.GetProperty("output_type").GetString() == "error");
            Assert.Equal(0, process.ExitCode);

            Assert.Equal(3, all.Count(output => output.TryGetProperty("data", out JsonElement data)
                && data.TryGetProperty("text/html", out JsonElement html) && Text(html).Contains("<svg", StringComparison.Ordinal)));
            string printed = string.Concat(all.Where(output => output.GetProperty("output_type").GetString() == "stream").Select(output => Text(output.GetProperty("text"))));
            Assert.Contains(" likes of 500 people, 600 films", printed, StringComparison.Ordinal);
            // Six tastes: each model that sees them is far better than popularity.
            double popularity = Quality("popularity");
            Assert.All((string[])["item neighbours", "Slim", "graph filter", "LightGCN"], model => Assert.True(Quality(model) > 2 * popularity, printed));
            Assert.Equal(10, Regex.Count(printed, @"^\w+ \d+ \(\w+\)\r?$", RegexOptions.Multiline));

            double Quality(string model) => double.Parse(
                Regex.Match(printed, $@"^{model}: NDCG@10 (0\.\d+) in ", RegexOptions.Multiline).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Kernel()
    {
        if (Environment.GetEnvironmentVariable("LIGHTGCN_DOTNET_REPL") is { Length: > 0 } path)
            return path;
        string name = OperatingSystem.IsWindows() ? "dotnet-repl.exe" : "dotnet-repl";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>A text of a notebook: one string, or a list of lines.</summary>
    private static string Text(JsonElement text) =>
        text.ValueKind == JsonValueKind.Array ? string.Concat(text.EnumerateArray().Select(line => line.GetString())) : text.GetString()!;
}
