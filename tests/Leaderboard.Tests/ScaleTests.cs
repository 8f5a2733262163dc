using System.Globalization;
using System.Text.RegularExpressions;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Scale;

namespace Leaderboard.Tests;

/// <summary>The benchmark of scale at a small size.</summary>
public sealed partial class ScaleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scale").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Planted_tastes_are_learned()
    {
        string output = await Run("train", "--users", "2000", "--items", "2000", "--interactions", "40000", "--dimension", "32", "--users-to-rank", "1000");
        Assert.Contains("Training takes about", output, StringComparison.Ordinal);
        double[] metrics = [.. Metrics().Match(output).Groups.Values.Skip(1).Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture))];
        Assert.True(metrics[0] > 1.2 * metrics[2] && metrics[1] > 1.2 * metrics[3], output);
        Assert.Matches("peak of the process: [1-9]", output);
    }

    [Theory]
    [InlineData("model.safetensors", "comparing the checksums: ")]
    [InlineData("model.zip", "the first list: ")]
    public async Task Models_are_saved_and_opened(string name, string last)
    {
        string path = Path.Combine(_folder, name);
        Assert.Contains("saving ", await Run("save", path, "--users", "500", "--items", "100", "--interactions", "5000", "--dimension", "16"), StringComparison.Ordinal);
        string output = await Run("open", path);
        Assert.Contains("opening: ", output, StringComparison.Ordinal);
        Assert.Contains(last, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("parquet", "--parquet")]
    public async Task Lists_of_all_users_are_written(string extension, params string[] options)
    {
        string path = Path.Combine(_folder, "model.safetensors"), lists = Path.Combine(_folder, "lists");
        await Run("save", path, "--users", "500", "--items", "100", "--interactions", "5000", "--dimension", "16");
        Assert.Contains("lists of 500 users: ", await Run(["lists", path, lists, .. options]), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(lists, $"part-000000.{extension}")));
    }

    [Fact]
    public void The_same_sizes_are_the_same_data()
    {
        MLContext ml = new(1);
        PlantedTastes data = new(200, 100, 4000);
        uint[] items = [.. data.Train(ml).GetColumn<uint>("Item")];
        Assert.Equal(items, new PlantedTastes(200, 100, 4000).Train(ml).GetColumn<uint>("Item"));
        // About as many as asked for: the tail is cut off, and one of each user is held out.
        Assert.InRange(items.Length, 2500, 5500);
        Assert.Equal(50, data.HeldOut(ml, 50).GetColumn<uint>("User").Distinct().Count());
    }

    private static async Task<string> Run(params string[] arguments)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        Assert.Equal(0, await CommandProgram.RunAsync(ScaleCommands.Create(output), arguments, cancellationToken: TestContext.Current.CancellationToken));
        return output.ToString();
    }

    [GeneratedRegex(@"recall@20 ([\d.]+), NDCG@20 ([\d.]+); by popularity ([\d.]+), ([\d.]+)")]
    private static partial Regex Metrics();
}
