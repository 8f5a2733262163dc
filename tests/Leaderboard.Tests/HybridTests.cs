using System.Globalization;
using System.Text.RegularExpressions;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard.Tests;

/// <summary>The hybrid comparison from its command line, on small data with planted tastes.</summary>
public sealed class HybridTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hybrid").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Content_is_compared_alone_and_together_for_all_few_and_new()
    {
        string json = Path.Combine(_folder, "results.json");
        SyntheticGoodBooks.Write(_folder, new SyntheticGoodBooksOptions { Users = 500, Books = 200, Ratings = 9000, ToRead = 1500, Seed = 3 });
        (int exit, string output) = await Run("--content", "tags,authors=0.5", "--strength", "2", "--seeds", "1,2", "--epochs", "2", "--part", "test", "--json", json);
        Assert.True(exit == 0, output);
        string[] models = ["popularity", "random", "content neighbours", "lightgcn", "lightgcn, tags=2", "lightgcn, authors=0.5", "lightgcn, all of these"];
        foreach (HybridScenario scenario in HybridScenario.All)
            Assert.Matches($@"{scenario.Title} \(\d+ users\)", output);
        Assert.Contains("tags, without stop-tags:", output, StringComparison.Ordinal);
        foreach (string model in models)
            Assert.Equal(HybridScenario.All.Length, output.Split('\n').Count(line => line.StartsWith($"| {model} ", StringComparison.Ordinal)));

        ResultsFile results = ResultsFile.Read(json);
        Assert.Equal(models, results.Models.Select(model => model.Name));
        ModelResult reference = results.Models[3];
        Assert.Equal(2 * HybridScenario.All.Length, reference.Metrics.Count);
        foreach (ModelResult model in results.Models.Where(model => model != reference))
        {
            foreach ((string name, double value) in reference.Metrics)
            {
                double difference = model.Metrics[name + ":difference"];
                Assert.Equal(model.Metrics[name] - value, difference, 1e-12);
                Assert.InRange(difference, model.Intervals![name + ":difference"][0], model.Intervals[name + ":difference"][1]);
            }
            Assert.True(model.TrainSeconds >= 0);
        }
        // Without content all new items score alike, as by popularity, and share the middle rank; with content they do not.
        Assert.Equal(results.Models[0].Metrics["new-items:ndcg@10"], reference.Metrics["new-items:ndcg@10"]);
        double chance = results.Models[1].Metrics["new-items:ndcg@10"];
        Assert.All((int[])[2, 4, 5, 6], model => Assert.True(results.Models[model].Metrics["new-items:ndcg@10"] > 1.5 * chance, output));
    }

    [Fact]
    public async Task A_share_of_the_training_interactions_is_kept()
    {
        SyntheticGoodBooks.Write(_folder, new SyntheticGoodBooksOptions { Users = 200, Books = 80, Ratings = 3000, ToRead = 300, Seed = 3 });
        string[] arguments = ["--content", "authors", "--seeds", "1", "--epochs", "1", "--hold-out", "interactions", "--train-share"];
        (int wholeExit, string whole) = await Run([.. arguments, "1"]);
        (int halfExit, string half) = await Run([.. arguments, "0.5"]);
        Assert.True(wholeExit == 0 && halfExit == 0, whole + half);
        (int Train, int Validation, int Test) all = Counts(whole), kept = Counts(half);
        // Half of every user's, rounded up.
        Assert.InRange(kept.Train, all.Train / 2, all.Train / 2 + 200);
        Assert.Equal((all.Validation, all.Test), (kept.Validation, kept.Test));

        static (int Train, int Validation, int Test) Counts(string output)
        {
            int[] counts = [.. Regex.Match(output, @"interactions held out: train (\d+), validation (\d+), test (\d+)").Groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture))];
            return (counts[0], counts[1], counts[2]);
        }
    }

    [Fact]
    public async Task Strengths_are_compared_and_time_is_made_equal()
    {
        SyntheticGoodBooks.Write(_folder, new SyntheticGoodBooksOptions { Users = 200, Books = 80, Ratings = 3000, ToRead = 300, Seed = 3 });
        (int exit, string output) = await Run("--content", "tags=0.1,tags=3", "--seeds", "1", "--epochs", "1", "--equal-time", "--shuffled", "--hold-out", "items");
        Assert.True(exit == 0, output);
        Assert.Contains("lightgcn, tags=0.1:", output, StringComparison.Ordinal);
        Assert.Contains("lightgcn, tags=3:", output, StringComparison.Ordinal);
        Assert.Contains("lightgcn, tags=3, shuffled:", output, StringComparison.Ordinal);
        Assert.Matches(@"lightgcn, \d+ epochs:", output);
        Assert.DoesNotContain("all-users", output, StringComparison.Ordinal);
        Assert.DoesNotContain("all of these", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MovieLens_is_compared_and_ranked()
    {
        WriteMovies();
        (int exit, string output) = await Run("--seeds", "1", "--epochs", "1");
        Assert.True(exit == 0, output);
        Assert.Contains("ratings: 600 | of at least 4: 480", output, StringComparison.Ordinal);
        foreach (string model in (string[])["tags=1", "genres=30", "decade=1", "all of these"])
            Assert.Contains($"lightgcn, {model}:", output, StringComparison.Ordinal);

        LeaderboardData data = LeaderboardData.Read(new MLContext(1), AnsiConsole.Console, _folder, 7);
        Assert.Equal(new ResultsData(60, 40, 480, 360, 60, 60), data.Sizes);
    }

    [Fact]
    public async Task Bad_arguments_and_split_files_end_with_a_reason()
    {
        WriteMovies();
        Assert.Equal(1, (await Run("--content", "covers")).Exit);
        Assert.Equal(1, (await Run("--content", "tags=0")).Exit);
        Assert.Equal(1, (await Run("--content", "tags=much")).Exit);
        Assert.Equal(1, (await Run("--strength", "-1")).Exit);
        Assert.Equal(1, (await Run("--train-share", "0")).Exit);
        Assert.Equal(1, (await Run("--train-share", "1.5")).Exit);
        Assert.Equal(1, (await Run("--seeds", ",")).Exit);
        Assert.Equal(1, (await Run("--epochs", "0")).Exit);
        Assert.NotEqual(0, (await Run("--part", "train")).Exit);
        File.WriteAllText(Path.Combine(_folder, "train.txt"), "0 1 2\n1 2\n");
        File.WriteAllText(Path.Combine(_folder, "test.txt"), "0 3\n");
        Assert.Equal(1, (await Run()).Exit);
    }

    [Fact]
    public void Random_scores_are_the_same_for_a_seed_and_differ_between_users_and_seeds()
    {
        float[] Scores(int seed, params int[] users)
        {
            float[] scores = new float[users.Length * 50];
            new RandomScorer(10, 50, seed).ScoreItems(users, scores);
            return scores;
        }

        float[] both = Scores(1, 3, 4);
        Assert.Equal(Scores(1, 3), both[..50]);
        Assert.Equal(Scores(1, 4), both[50..]);
        Assert.NotEqual(both[..50], both[50..]);
        Assert.NotEqual(Scores(2, 3), both[..50]);
        Assert.InRange(Enumerable.Range(0, 10).SelectMany(user => Scores(1, user)).Average(), 0.45, 0.55);
        Assert.InRange(Enumerable.Range(0, 10).Select(user => Scores(1, user)[0]).Distinct().Count(), 10, 10);
    }

    [Fact]
    public void Content_neighbours_score_by_shared_attributes()
    {
        WriteMovies();
        MLContext ml = new(1);
        LeaderboardData data = LeaderboardData.Read(ml, AnsiConsole.Console, _folder, 7);
        ContentNeighbours scorer = new(ml, [MovieLensContent.Read(_folder, "genres"), MovieLensContent.Read(_folder, "tags")], data.Split.Train);
        Assert.Equal((60, 40), (scorer.UserCount, scorer.ItemCount));
        float[] scores = new float[2 * 40];
        scorer.ScoreItems([4, 5], scores);
        // Six training movies, alike in both kinds of content; the movies of the other parity share nothing. User 5 is userId 6.
        for (int movie = 0; movie < 40; movie++)
        {
            Assert.Equal(movie % 2 == 1 ? 12 : 0, scores[movie], 1e-4);
            Assert.Equal(movie % 2 == 0 ? 12 : 0, scores[40 + movie], 1e-4);
        }
    }

    /// <summary>60 users like 8 of the 20 movies of their parity and dislike 2; genres and tags go by the parity.</summary>
    private void WriteMovies()
    {
        Random random = new(1);
        List<string> ratings = ["userId,movieId,rating,timestamp"], movies = ["movieId,title,genres"], tags = ["userId,movieId,tag,timestamp"];
        for (int user = 1; user <= 60; user++)
        {
            int[] items = [.. Enumerable.Range(0, 20).Select(item => 2 * item + user % 2)];
            random.Shuffle(items);
            for (int n = 0; n < 10; n++)
                ratings.Add(string.Create(CultureInfo.InvariantCulture, $"{user},{items[n] + 1},{(n < 8 ? 4.5 : 3.5)},1260759144"));
        }
        for (int movie = 0; movie < 40; movie++)
        {
            movies.Add($"{movie + 1},Movie {movie} ({1980 + movie}),{(movie % 2 == 0 ? "Comedy" : "War|Drama")}");
            tags.Add($"1,{movie + 1},{(movie % 2 == 0 ? "Light Hearted" : "grim")},1260759144");
        }
        File.WriteAllLines(Path.Combine(_folder, "ratings.csv"), ratings);
        File.WriteAllLines(Path.Combine(_folder, "movies.csv"), movies);
        File.WriteAllLines(Path.Combine(_folder, "tags.csv"), tags);
    }

    private async Task<(int Exit, string Output)> Run(params string[] arguments)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        int exit = await CommandProgram.RunAsync(CommandLine.Create(console), ["hybrid", "--data", _folder, .. arguments], new() { Output = output, Error = output }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }
}
