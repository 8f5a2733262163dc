using System.Globalization;
using System.IO.Compression;
using LightGcn.Examples;
using Spectre.Console;

namespace Leaderboard.Tests;

public sealed class LeaderboardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("leaderboard").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Models_are_trained_and_shown_in_one_table()
    {
        WriteSplit();
        string json = Path.Combine(_folder, "results.json"), plot = Path.Combine(_folder, "plot.png");
        (int exit, string output) = await Run("--models", "popularity,item-knn,graph-filter,mf-bpr,ease,lightgcn", "--cutoffs", "10,5", "--json", json, "--plot", plot);
        Assert.True(exit == 0, output);
        Assert.Contains("40 users, 30 items; train 240, validation 0, test 80", output, StringComparison.Ordinal);
        ResultsFile results = ResultsFile.Read(json);
        Assert.Equal(["popularity", "item-knn", "graph-filter", "mf-bpr", "ease", "lightgcn"], results.Models.Select(model => model.Name));
        Assert.All(results.Models, model => Assert.Equal(["hit@5", "recall@5", "ndcg@5", "hit@10", "recall@10", "ndcg@10"], model.Metrics.Keys));
        Assert.All(results.Models, model => Assert.All(model.Metrics, metric =>
        {
            double[] interval = model.Intervals![metric.Key];
            Assert.InRange(metric.Value, interval[0], interval[1]);
            // Where all users have the same value, so has every resample.
            Assert.True(interval[0] < interval[1] || metric.Value == 1);
        }));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{results.Models[1].Metrics["ndcg@5"]:F4} [{results.Models[1].Intervals!["ndcg@5"][0]:F4}, "), output, StringComparison.Ordinal);
        // Items go by the user's parity: neighbours know, popularity does not.
        Assert.True(results.Models[1].Metrics["recall@5"] > 1.3 * results.Models[0].Metrics["recall@5"], output);
        Assert.True(new FileInfo(plot).Length > 1000);
    }

    [Fact]
    public async Task An_ablation_compares_variants_on_validation_interactions()
    {
        WriteSplit();
        File.Copy(Path.Combine(_folder, "test.txt"), Path.Combine(_folder, "valid.txt"));
        (int exit, string output) = await Run("ablation", "--variants", "defaults,random-start,1-layer", "--seeds", "1,2", "--epochs", "1");
        Assert.True(exit == 0, output);
        Assert.Matches(@"defaults *\| [01]\.\d{4} *\| [01]\.\d{4} to [01]\.\d{4}", output);
        Assert.Matches(@"1-layer *\| [01]\.\d{4}", output);
        string[] one = ["ablation", "--variants", "defaults", "--seeds", "1", "--epochs", "1"];
        Assert.NotEqual(Defaults(await Run(one)), Defaults(await Run([.. one, "--train-share", "0.5"])));
        Assert.Equal(Defaults(await Run(one)), Defaults(await Run([.. one, "--train-share", "1"])));
        Assert.Equal(1, (await Run("ablation", "--variants", "magic")).Exit);
        Assert.Equal(1, (await Run("ablation", "--seeds", "x")).Exit);

        static string Defaults((int Exit, string Output) run) => run.Output.Split('\n').First(line => line.StartsWith("defaults: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("train.txt", "0 1\n1 x 2\n", "train.txt, line 2: expected an item index from 0 to 2147483645, found 'x'.")]
    [InlineData("train.txt", "0 1\n-1 2\n", "train.txt, line 2: expected a user index from 0 to 2147483645, found '-1'.")]
    [InlineData("train.txt", "0 99999999999\n", "train.txt, line 1: expected an item index from 0 to 2147483645, found '99999999999'.")]
    [InlineData("train.txt", "", "train.txt: expected lines of a user and items, found no interaction in 0 lines.")]
    [InlineData("test.txt", "0 1\n77 1\n", "test.txt, line 2: user 77 has no training interactions.")]
    public void Bad_lines_name_file_line_and_reason(string file, string text, string message)
    {
        WriteSplit();
        File.WriteAllText(Path.Combine(_folder, file), text);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SplitFiles.Read(new Microsoft.ML.MLContext(1), _folder));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task A_share_of_the_training_interactions_is_trained_on()
    {
        WriteSplit();
        (int exit, string output) = await Run("--models", "popularity", "--cutoffs", "5", "--train-share", "0.5");
        Assert.True(exit == 0, output);
        Assert.Contains("40 users, 30 items; train 120, validation 0, test 80", output, StringComparison.Ordinal);
        Assert.Equal(1, (await Run("--models", "popularity", "--train-share", "0")).Exit);
    }

    [Fact]
    public async Task Unknown_models_and_missing_data_end_with_a_reason()
    {
        WriteSplit();
        Assert.Equal(1, (await Run("--models", "magic")).Exit);
        Assert.Equal(1, (await Run("--models", "popularity", "--cutoffs", "0")).Exit);
        File.Delete(Path.Combine(_folder, "test.txt"));
        Assert.Equal(1, (await Run("--models", "popularity")).Exit);
    }

    [Fact]
    public void Users_without_test_items_and_compressed_files_are_read()
    {
        WriteSplit();
        string path = Path.Combine(_folder, "test.txt");
        File.AppendAllText(path, "3\n");
        using (GZipStream zip = new(File.Create(path + ".gz"), CompressionLevel.Fastest))
            zip.Write(File.ReadAllBytes(path));
        File.Delete(path);
        Assert.Equal(80, SplitFiles.Read(new Microsoft.ML.MLContext(1), _folder).Test.GetRowCount());
    }

    /// <summary>40 users and 30 items; a user's eight items are of the user's parity, the last two for test.</summary>
    private void WriteSplit()
    {
        Random random = new(1);
        List<string> train = [], test = [];
        for (int user = 0; user < 40; user++)
        {
            int[] items = [.. Enumerable.Range(0, 15).Select(item => 2 * item + user % 2)];
            random.Shuffle(items);
            train.Add($"{user} {string.Join(' ', items[..6])}");
            test.Add($"{user} {string.Join(' ', items[6..8])}");
        }
        File.WriteAllLines(Path.Combine(_folder, "train.txt"), train);
        File.WriteAllLines(Path.Combine(_folder, "test.txt"), test);
    }

    private async Task<(int Exit, string Output)> Run(params string[] arguments)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        int exit = await CommandProgram.RunAsync(CommandLine.Create(console), arguments is ["ablation", ..] ? [.. arguments, "--data", _folder] : ["--data", _folder, .. arguments], new() { Output = output, Error = output }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }
}
