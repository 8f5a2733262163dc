using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
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
        Assert.Contains("40 users, 60 items; train 480, validation 0, test 80", output, StringComparison.Ordinal);
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
    [InlineData(false)]
    [InlineData(true)]
    public async Task Settings_are_chosen_on_validation_interactions_and_said(bool hasValidation)
    {
        WriteSplit();
        if (hasValidation)
            MoveToValidation();
        string json = Path.Combine(_folder, "results.json");
        (int exit, string output) = await Run("--models", "ease,ease-normalised,mf-bpr", "--cutoffs", "5", "--json", json);
        Assert.True(exit == 0, output);
        ResultsFile results = ResultsFile.Read(json);
        Assert.Matches("^lambda [0-9]+$", results.Models[0].Setting);
        Assert.Matches(@"^lambda [0-9]+, beta [0-9.]+, alpha [0-9.]+, p [0-9.]+$", results.Models[1].Setting);
        Assert.Matches("^[0-9]+ dimensions, [0-9]+ epochs$", results.Models[2].Setting);
        Assert.All(results.Models, model => Assert.Contains($"{model.Name}, {model.Setting}", output, StringComparison.Ordinal));
        // The chosen one is the best of those that were tried.
        foreach (ModelResult model in results.Models.Take(2))
        {
            (string Setting, double Ndcg)[] tried = [.. Tried(output).Where(one => one.Setting.Contains("beta", StringComparison.Ordinal) == (model.Name == "ease-normalised"))];
            Assert.True(tried.Length > 2, output);
            Assert.Equal(tried.Max(one => one.Ndcg), tried.Single(one => one.Setting == model.Setting).Ndcg);
        }
        // Only the test interactions differ: the same are chosen.
        string[] lines = File.ReadAllLines(Path.Combine(_folder, "test.txt"));
        File.WriteAllLines(Path.Combine(_folder, "test.txt"), lines[..20]);
        Assert.Equal(Tried(output), Tried((await Run("--models", "ease,ease-normalised", "--cutoffs", "5")).Output));

        static IEnumerable<(string Setting, double Ndcg)> Tried(string output) => [.. Regex.Matches(output, @"^ease, (.+): validation ndcg@5 ([01]\.[0-9]{4})\s*$", RegexOptions.Multiline)
            .Select(match => (match.Groups[1].Value, double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)))];
    }

    [Fact]
    public async Task Data_without_anything_to_choose_by_are_refused()
    {
        WriteSplit();
        string path = Path.Combine(_folder, "train.txt");
        File.WriteAllLines(path, File.ReadAllLines(path).Select(line => string.Join(' ', line.Split(' ')[..6])));
        (int exit, string output) = await Run("--models", "ease");
        Assert.Equal(1, exit);
        Assert.Contains("--data: expected a validation part, or users with ten training interactions to hold one out of, found neither.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_is_searched_to_its_top()
    {
        GridAxis[] axes = [new("a", [1, 2, 3, 4, 5, 6], 3), new("b", [0, 0.5f, 1], 0)];
        int count = 0;
        Assert.Equal([5, 0.5f], GridSearch.Maximise(axes, Measure));
        // A line of six, one of three, and again the line of six at the new place; none is measured twice.
        Assert.Equal(6 + 2 + 5, count);
        // A constant is nowhere better than at the start, and neither is what can't be measured.
        Assert.Equal([3, 0], GridSearch.Maximise(axes, _ => 1));
        Assert.Equal([3, 0], GridSearch.Maximise(axes, values => values[0] == 3 && values[1] == 0 ? 1 : double.NaN));

        double Measure(float[] values)
        {
            count++;
            return -Math.Pow(values[0] - 5, 2) - Math.Pow(values[1] - 0.4, 2) * 10;
        }
    }

    [Fact]
    public async Task A_model_that_the_build_lacks_is_refused_before_any_is_trained()
    {
        Assert.SkipWhen(MatrixFactorization.IsAvailable, "This build has Microsoft.ML.Recommender.");
        WriteSplit();
        (int exit, string output) = await Run("--models", "popularity,mlnet-mf");
        Assert.Equal(1, exit);
        Assert.StartsWith("--models: expected models of this build, found 'mlnet-mf', which needs the package Microsoft.ML.Recommender. Run again", output, StringComparison.Ordinal);
        Assert.Contains("-p:MatrixFactorization=true", output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Budgets_show_the_best_of_each_kind_and_plot_all(bool hasValidation)
    {
        WriteSplit();
        if (hasValidation)
            MoveToValidation();
        string json = Path.Combine(_folder, "results.json"), plot = Path.Combine(_folder, "plot.svg");
        (int exit, string output) = await Run("budgets", "--models", "popularity,item-knn,ease", "--budgets", "100,50", "--cutoff", "5", "--json", json, "--plot", plot);
        Assert.True(exit == 0, output);
        ResultsFile results = ResultsFile.Read(json);
        string[][] rows = [.. output.Split('\n').Where(line => Regex.IsMatch(line, @"^\| *[0-9]+ ")).Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])];
        // All of it is done in no time, so that both budgets have the same best.
        Assert.Equal(["50", "50", "50", "100", "100", "100"], rows.Select(row => row[0]));
        Assert.Equal(["popularity", "item-knn", "ease", "popularity", "item-knn", "ease"], rows.Select(row => row[1]));
        foreach (string[] row in rows)
        {
            ModelResult[] kind = [.. results.Models.Where(model => model.Name == row[1])];
            ModelResult best = kind.MaxBy(model => model.Metrics["validation ndcg@5"])!;
            Assert.Equal(best.Setting ?? "", row[2]);
            Assert.Equal(best.Metrics["validation ndcg@5"].ToString("F4", CultureInfo.InvariantCulture), row[4]);
            Assert.Equal(best.Metrics["ndcg@5"].ToString("F4", CultureInfo.InvariantCulture), row[5]);
            // Test interactions are read for the chosen setting alone.
            Assert.Single(kind, model => model.Metrics.ContainsKey("ndcg@5"));
        }
        string svg = File.ReadAllText(plot);
        Assert.StartsWith("<?xml", svg, StringComparison.Ordinal);
        Assert.Contains("<svg", svg, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_training_longer_than_the_longest_budget_is_stopped_and_left_out()
    {
        WriteLargeSplit();
        string json = Path.Combine(_folder, "results.json");
        (int exit, string output) = await Run("budgets", "--models", "popularity,mf-bpr", "--budgets", "1", "--json", json);
        Assert.True(exit == 0, output);
        Assert.Contains("mf-bpr, dimensions 128, epochs 40: stopped after 1 s", output, StringComparison.Ordinal);
        Assert.DoesNotContain(ResultsFile.Read(json).Models, model => model.Setting == "dimensions 128, epochs 40");
        Assert.Contains(ResultsFile.Read(json).Models, model => model.Name == "popularity");
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
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SplitFiles.Read(_folder));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task A_share_of_the_training_interactions_is_trained_on()
    {
        WriteSplit();
        (int exit, string output) = await Run("--models", "popularity", "--cutoffs", "5", "--train-share", "0.5");
        Assert.True(exit == 0, output);
        Assert.Contains("40 users, 60 items; train 240, validation 0, test 80", output, StringComparison.Ordinal);
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
        Assert.Equal(80, SplitFiles.Read(_folder).Test.GetRowCount());
    }

    /// <summary>40 users and 60 items; a user's fourteen items are of the user's parity, the last two for test.</summary>
    private void WriteSplit()
    {
        Random random = new(1);
        List<string> train = [], test = [];
        for (int user = 0; user < 40; user++)
        {
            int[] items = [.. Enumerable.Range(0, 30).Select(item => 2 * item + user % 2)];
            random.Shuffle(items);
            train.Add($"{user} {string.Join(' ', items[..12])}");
            test.Add($"{user} {string.Join(' ', items[12..14])}");
        }
        File.WriteAllLines(Path.Combine(_folder, "train.txt"), train);
        File.WriteAllLines(Path.Combine(_folder, "test.txt"), test);
    }

    /// <summary>The last training item of every user becomes a validation item.</summary>
    private void MoveToValidation()
    {
        string path = Path.Combine(_folder, "train.txt");
        string[][] lines = [.. File.ReadAllLines(path).Select(line => line.Split(' '))];
        File.WriteAllLines(path, lines.Select(parts => string.Join(' ', parts[..^1])));
        File.WriteAllLines(Path.Combine(_folder, "valid.txt"), lines.Select(parts => $"{parts[0]} {parts[^1]}"));
    }

    /// <summary>Enough for forty epochs to take some seconds anywhere.</summary>
    private void WriteLargeSplit()
    {
        Random random = new(2);
        File.WriteAllLines(Path.Combine(_folder, "train.txt"), Enumerable.Range(0, 4000).Select(user => $"{user} {string.Join(' ', Enumerable.Range(0, 50).Select(_ => random.Next(2000)))}"));
        File.WriteAllLines(Path.Combine(_folder, "test.txt"), Enumerable.Range(0, 400).Select(user => $"{user} {2000 + user % 7}"));
    }

    private async Task<(int Exit, string Output)> Run(params string[] arguments)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        int exit = await CommandProgram.RunAsync(CommandLine.Create(console), arguments is ["ablation" or "budgets", ..] ? [.. arguments, "--data", _folder] : ["--data", _folder, .. arguments], new() { Output = output, Error = output }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }
}
