using System.Diagnostics;
using LightGcn.Testing;

namespace GoodBooks.Tests;

/// <summary>The program in one file, as a new user starts it.</summary>
public sealed class QuickStartTests
{
    [Fact]
    public async Task It_runs_from_a_file_of_ratings_to_lists()
    {
        string root = Repository.Root(), file = Path.Combine(root, "examples", "QuickStart.cs");
        Assert.InRange(File.ReadLines(file).Count(), 20, 60);
        string csv = await Ratings();

        string output = await Run(root, "run", "-c", "Release", file, csv);
        Assert.Contains("The held-out film is among the first 10 for ", output, StringComparison.Ordinal);
        int[] films = Films("For user 1: films ");
        Assert.Equal(5, films.Length);
        // User 1 has the first taste: films 1, 4, 7 and so on.
        Assert.True(films.Count(film => (film - 1) % 3 == 0) >= 4, output);
        Assert.Equal(5, Films($"Like film {films[0]}: films ").Length);
        Assert.Equal(5, Films($"For somebody new who likes film {films[0]}: films ").Length);
        Directory.Delete(Path.GetDirectoryName(csv)!, recursive: true);

        int[] Films(string title)
        {
            string line = Assert.Single(output.Split('\n'), text => text.StartsWith(title, StringComparison.Ordinal));
            return Array.ConvertAll(line[title.Length..].Split(','), text => int.Parse(text, null));
        }
    }

    [Fact]
    public async Task The_blocks_of_getting_started_are_a_program()
    {
        string root = Repository.Root(), csv = await Ratings(), folder = Path.GetDirectoryName(csv)!;
        string[] blocks = [.. File.ReadAllText(Path.Combine(root, "docs", "getting-started.md")).ReplaceLineEndings("\n").Split("```csharp\n").Skip(1).Select(rest => rest.Split("```")[0])];
        Assert.StartsWith("using Microsoft.ML;", blocks[0], StringComparison.Ordinal);
        // As the page says, the class stays at the end.
        string[] ofClass = [.. blocks.Where(block => block.StartsWith("public sealed class", StringComparison.Ordinal))];
        string project = Path.Combine(root, "src", "Microsoft.ML.LightGcn", "Microsoft.ML.LightGcn.csproj"), program = Path.Combine(folder, "Program.cs");
        await File.WriteAllTextAsync(program, string.Join('\n', [$"#:project {project}", "#:property PublishAot=false", "#:property ImplicitUsings=enable", .. blocks.Except(ofClass), .. ofClass]), TestContext.Current.CancellationToken);

        string[] output = (await Run(folder, "run", "-c", "Release", program)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("hit@10 0.", output[0], StringComparison.Ordinal);
        // The films for user 42, of the third taste, are 3, 6, 9 and so on.
        int[] films = [.. output.TakeLast(10).Select(line => int.Parse(line.Split(' ')[0], null))];
        Assert.True(films.Count(film => film % 3 == 0) >= 8, string.Join('\n', output));
        Assert.True(File.Exists(Path.Combine(folder, "films.safetensors")));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A file of the ratings of three tastes: user 1 likes films 1, 4, 7 and so on.</summary>
    private static async Task<string> Ratings()
    {
        string csv = Path.Combine(Directory.CreateTempSubdirectory("quickstart").FullName, "ratings.csv");
        Random random = new(5);
        await File.WriteAllLinesAsync(csv, Enumerable.Range(0, 6000).Select(n => (User: n % 200, Film: random.Next(120)))
            .Select(pair => $"{pair.User + 1},{pair.Film + 1},{(pair.Film % 3 == pair.User % 3 ? "4.5" : "2.0")},964982703").Prepend("userId,movieId,rating,timestamp"), TestContext.Current.CancellationToken);
        return csv;
    }

    private static async Task<string> Run(string folder, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // The build has its servers; those of a test would outlive it.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{output}\n{await errors}");
        return output.ReplaceLineEndings("\n");
    }
}
