using System.Globalization;
using System.Text.Json;
using GoodBooks;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace GoodBooks.Tests;

/// <summary>The main job from its command line, on small synthetic data.</summary>
public sealed class MainJobTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("goodbooks").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_prints_every_step_and_leaves_a_complete_folder()
    {
        string data = Path.Combine(_folder, "data"), json = Path.Combine(_folder, "results.json");
        SyntheticGoodBooks.Write(data, new SyntheticGoodBooksOptions { Users = 400, Books = 150, Ratings = 9000, ToRead = 1500, Seed = 3 });
        (int exit, string output) = await Run("--data", data, "--epochs", "3", "--seed", "7", "--output", Path.Combine(_folder, "runs"), "--json", json);
        Assert.True(exit == 0, output);
        foreach (string part in (string[])["ratings: (9000, 3)", "to_read: (1500, 2)", "rating_pos", "Filtered interactions:", "train:", "validation hit@10", "epoch   3 of 3", "popularity", "lightgcn", "recommended"])
            Assert.Contains(part, output, StringComparison.Ordinal);

        ResultsFile results = ResultsFile.Read(json);
        Assert.Equal(results.Data.Interactions, results.Data.Train + results.Data.Validation + results.Data.Test);
        Assert.Equal(results.Data.Users, results.Data.Test);
        Assert.Equal(["popularity", "lightgcn"], results.Models.Select(model => model.Name));
        foreach (ModelResult model in results.Models)
        {
            Assert.Equal(["hit@10", "recall@10", "ndcg@10", "hit@20", "recall@20", "ndcg@20", "hit@50", "recall@50", "ndcg@50"], model.Metrics.Keys);
            Assert.All(model.Metrics.Values, value => Assert.InRange(value, 0.001, 1));
            Assert.True(model.PeakMemoryBytes > 1_000_000 && model.TrainSeconds >= 0 && model.EvaluationSeconds > 0);
        }

        string run = Assert.Single(Directory.GetDirectories(Path.Combine(_folder, "runs"), "lightgcn_*"));
        string[] expected = ["book2idx.csv", "config.json", "epochs.csv", "learning_curve.png", "metrics.json", "model.safetensors", "model.zip", "user2idx.csv"];
        Assert.Equal(expected, Directory.GetFiles(run).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal(File.ReadAllText(json), File.ReadAllText(Path.Combine(run, "metrics.json")));
        Assert.Equal(4, File.ReadAllLines(Path.Combine(run, "epochs.csv")).Length);
        Assert.Equal(results.Data.Users + 1, File.ReadAllLines(Path.Combine(run, "user2idx.csv")).Length);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json")));
        Assert.Equal((7, 3), (config.RootElement.GetProperty("seed").GetInt32(), config.RootElement.GetProperty("options").GetProperty("epochCount").GetInt32()));
        Assert.Equal(results.Data.Train, config.RootElement.GetProperty("data").GetProperty("train").GetInt64());

        // The saved model starts from ids.
        MLContext ml = new();
        ITransformer model2 = ml.Model.Load(Path.Combine(run, "model.zip"), out DataViewSchema schema);
        Assert.Contains("UserId", schema.Select(column => column.Name));
        Assert.Equal(results.Data.Users, ml.Model.GetLightGcn(model2).Model.UserCount);
        // So does the mapped one.
        Recommender mapped = ml.Model.CreateRecommender(ModelFile.Load(ml, Path.Combine(run, "model.safetensors")));
        int user = int.Parse(File.ReadLines(Path.Combine(run, "user2idx.csv")).ElementAt(1).Split(',')[0], CultureInfo.InvariantCulture);
        Assert.Equal(ml.Model.CreateRecommender(model2).Recommend(user).Items, mapped.Recommend(user).Items);
    }

    /// <summary>A book that nobody chose gets an index, and scores by its author.</summary>
    [Fact]
    public async Task With_content_new_books_are_known_too()
    {
        string data = Path.Combine(_folder, "data"), runs = Path.Combine(_folder, "runs");
        SyntheticGoodBooks.Write(data, new SyntheticGoodBooksOptions { Users = 300, Books = 100, Ratings = 6000, ToRead = 500, Seed = 3 });
        string books = Path.Combine(data, "books.csv");
        string[] lines = File.ReadAllLines(books);
        // The first book again, under numbers of its own.
        File.AppendAllText(books, $"777,99999,{lines[1].Split(',', 3)[2]}\n");
        (int exit, string output) = await Run("--data", data, "--content", "tags, authors=0.5,", "--epochs", "1", "--output", runs);
        Assert.True(exit == 0, output);
        foreach (string part in (string[])["books: 101", "books without interactions: 1", "tags, joined by goodreads_book_id: ", "tags, without stop-tags: ", "authors, of at least 2 books: ", "for its"])
            Assert.Contains(part, output, StringComparison.Ordinal);

        string run = Assert.Single(Directory.GetDirectories(runs));
        Assert.Equal("777,100", File.ReadLines(Path.Combine(run, "book2idx.csv")).Last());
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json")));
        Assert.Equal([("tags", 1f), ("authors", 0.5f)], config.RootElement.GetProperty("content").EnumerateArray().Select(choice => (choice.GetProperty("name").GetString()!, choice.GetProperty("strength").GetSingle())));
        MLContext ml = new();
        LightGcnModelParameters model = ml.Model.GetLightGcn(ml.Model.Load(Path.Combine(run, "model.zip"), out _)).Model;
        Assert.Equal(101, model.ItemCount);
        Assert.NotEqual(0, model.Score(0, 100));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_results()
    {
        string data = Path.Combine(_folder, "data");
        SyntheticGoodBooks.Write(data, new SyntheticGoodBooksOptions { Users = 300, Books = 100, Ratings = 6000, ToRead = 500, Seed = 3 });
        List<OrderedDictionary<string, double>[]> runs = [];
        foreach (string seed in (string[])["1", "1", "2"])
        {
            string json = Path.Combine(_folder, "results.json");
            (int exit, string output) = await Run("--data", data, "--epochs", "1", "--seed", seed, "--output", Path.Combine(_folder, "runs"), "--json", json);
            Assert.True(exit == 0, output);
            runs.Add([.. ResultsFile.Read(json).Models.Select(model => model.Metrics)]);
        }
        Assert.Equal(runs[0].SelectMany(model => model.Values), runs[1].SelectMany(model => model.Values));
        Assert.NotEqual(runs[0].SelectMany(model => model.Values), runs[2].SelectMany(model => model.Values));
    }

    [Fact]
    public async Task Presets_are_those_of_the_library()
    {
        string data = Path.Combine(_folder, "data");
        SyntheticGoodBooks.Write(data, new SyntheticGoodBooksOptions { Users = 200, Books = 80, Ratings = 3000, ToRead = 300, Seed = 3 });
        foreach ((string preset, float rate) in ((string, float)[])[("notebook", LightGcnTrainer.Options.GoodBooksNotebook().LearningRate), ("paper", LightGcnTrainer.Options.Paper().LearningRate)])
        {
            string runs = Path.Combine(_folder, preset);
            (int exit, string output) = await Run("--data", data, "--epochs", "1", "--preset", preset, "--output", runs);
            Assert.True(exit == 0, output);
            using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(Assert.Single(Directory.GetDirectories(runs)), "config.json")));
            Assert.Equal(rate, config.RootElement.GetProperty("options").GetProperty("learningRate").GetSingle());
        }
    }

    [Fact]
    public async Task The_engine_is_the_one_asked_for()
    {
        string data = Path.Combine(_folder, "data"), runs = Path.Combine(_folder, "runs");
        SyntheticGoodBooks.Write(data, new SyntheticGoodBooksOptions { Users = 200, Books = 80, Ratings = 3000, ToRead = 300, Seed = 3 });
        // Without libtorch or a GPU too, the example trains: on the CPU.
        (int exit, string output) = await Run("--data", data, "--epochs", "1", "--engine", "torch", "--output", runs);
        Assert.True(exit == 0, output);
        Assert.Contains("TorchSharp", output, StringComparison.Ordinal);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(Assert.Single(Directory.GetDirectories(runs)), "config.json")));
        Assert.Equal("torch", config.RootElement.GetProperty("options").GetProperty("engine").GetString());
        Assert.NotEqual(0, (await Run("--engine", "abacus")).Exit);
    }

    [Fact]
    public async Task Bad_arguments_and_bad_data_end_with_a_reason()
    {
        Assert.Equal(1, (await Run("--data", Path.Combine(_folder, "nowhere"))).Exit);
        Assert.NotEqual(0, (await Run("--data", _folder, "--download")).Exit);
        Assert.NotEqual(0, (await Run("--epochs", "0")).Exit);
        Assert.NotEqual(0, (await Run("--preset", "magic")).Exit);
        Assert.Equal(1, (await Run("--content", "covers")).Exit);
        Assert.Equal(1, (await Run("--content", "tags=-1")).Exit);
        Assert.Equal(0, (await Run("--help")).Exit);
    }

    /// <summary>The published counts of the protocol, on the real files.</summary>
    [Fact]
    public void Counts_on_the_real_data_are_those_of_the_protocol()
    {
        string folder = RealGoodBooks.FolderOrSkip();
        using StringWriter output = new();
        PreparedData data = Preparation.Run(new MLContext(1), Plain(output), GoodBooksFiles.Read(folder), seed: 42);
        Assert.Equal(new ResultsData(49_678, 9_999, 1_551_430, 1_452_074, 49_678, 49_678), data.Sizes);
        Assert.Contains("Filtered interactions: 1561338 -> 1551430", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(data.UserIds.Order(), data.UserIds);
        Assert.Equal(data.BookIds.Order(), data.BookIds);
    }

    private static async Task<(int Exit, string Output)> Run(params string[] arguments)
    {
        using StringWriter output = new();
        int exit = await CommandProgram.RunAsync(CommandLine.Create(Plain(output)), arguments, new() { Output = output, Error = output }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }

    private static IAnsiConsole Plain(TextWriter output) => AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
}
