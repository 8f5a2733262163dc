using LightGcn.Testing;
using Spectre.Console;

namespace Leaderboard.Tests;

/// <summary>What is wrong with a command line is one line that names the option, and exit code 1.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("leaderboard").FullName;

    public CommandLineTests() => File.WriteAllText(Path.Combine(_folder, "file"), "x");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "--data: expected a value, found none.")]
    [InlineData("--data", "--data: expected a value, found none.")]
    [InlineData("--data {folder}/nowhere", "--data: expected a folder, found none at '")]
    [InlineData("--data {folder}/file", "--data: expected a folder, found a file at '")]
    [InlineData("--data {folder}", "--data: ratings.csv: expected")]
    [InlineData("--data {folder} --data {folder}", "--data: expected once, found 2 times.")]
    [InlineData("--data {folder} --seed abc", "--seed: expected a whole number from ")]
    [InlineData("--data {folder} --models magic", "--models: expected some of popularity, ")]
    [InlineData("--data {folder} --models ,", "--models: expected names separated by commas, found ','.")]
    [InlineData("--data {folder} --cutoffs 10,x", "--cutoffs: expected a whole number from 1 to 10000, found 'x'.")]
    [InlineData("--data {folder} --cutoffs 0", "--cutoffs: expected a whole number from 1 to 10000, found '0'.")]
    [InlineData("--data {folder} --cutoffs ,", "--cutoffs: expected numbers separated by commas, found ','.")]
    [InlineData("--data {folder} --train-share 1.5", "--train-share: expected a number above 0 and at most 1, found '1.5'.")]
    [InlineData("--data {folder} --train-share NaN", "--train-share: expected a number above 0 and at most 1, found 'NaN'.")]
    [InlineData("--data {folder} --train-share abc", "--train-share: expected a number above 0 and at most 1, found 'abc'.")]
    [InlineData("--data {folder} --json {folder}", "--json: expected a file, found a folder at '")]
    [InlineData("--data {folder} --plot {folder}/file/plot.png", "--plot: expected a folder, found a file at '")]
    [InlineData("--data {folder} --bogus", "Expected one of ablation, budgets, hybrid, --help, ")]
    [InlineData("--data {folder} ablation", "--data: expected only options of 'ablation', found one of the whole program.")]
    [InlineData("ablation", "--data: expected a value, found none.")]
    [InlineData("ablation --data {folder} --epochs abc", "--epochs: expected a whole number from 1 to 2147483647, found 'abc'.")]
    [InlineData("ablation --data {folder} --epochs 0", "--epochs: expected a whole number from 1 to 2147483647, found '0'.")]
    [InlineData("ablation --data {folder} --variants magic", "--variants: expected some of defaults, ")]
    [InlineData("ablation --data {folder} --seeds 1,x", "--seeds: expected a whole number from 1 to 2147483647, found 'x'.")]
    [InlineData("budgets", "--data: expected a value, found none.")]
    [InlineData("budgets --data {folder} --models magic", "--models: expected some of popularity, ")]
    [InlineData("budgets --data {folder} --budgets 0", "--budgets: expected a whole number from 1 to 1000000, found '0'.")]
    [InlineData("budgets --data {folder} --budgets ,", "--budgets: expected numbers separated by commas, found ','.")]
    [InlineData("budgets --data {folder} --cutoff 0", "--cutoff: expected a whole number from 1 to 10000, found '0'.")]
    [InlineData("budgets --data {folder} --plot {folder}/file/plot.svg", "--plot: expected a folder, found a file at '")]
    [InlineData("hybrid --data {folder} --strength -1", "--strength: expected a positive number, found '-1'.")]
    [InlineData("hybrid --data {folder} --strength abc", "--strength: expected a positive number, found 'abc'.")]
    [InlineData("hybrid --data {folder} --content covers", "--content: expected some of tags, authors, language, decade, found 'covers'.")]
    [InlineData("hybrid --data {folder} --part train", "--part: expected one of validation, test, found 'train'.")]
    [InlineData("hybrid --data {folder} --hold-out 9", "--hold-out: expected one of both, interactions, items, found '9'.")]
    [InlineData("hybrid --data {folder} --shuffled 1", "Expected one of --data, ")]
    [InlineData("hybrid --data {folder} --json {folder}/file/x", "--json: expected a folder, found a file at '")]
    public async Task A_mistake_is_one_line(string arguments, string expected) =>
        await Programs.AssertRefusedAsync(
            CommandLine.Create(AnsiConsole.Console), arguments.Replace("{folder}", _folder, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries), expected);

    [Fact]
    public async Task The_program_itself_says_so_too() => await Programs.AssertRefusedAsync("Leaderboard", ["ablation", "--epochs", "abc"], "--epochs: expected a whole number");
}
