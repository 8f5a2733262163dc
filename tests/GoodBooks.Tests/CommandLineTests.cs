using LightGcn.Testing;
using Spectre.Console;

namespace GoodBooks.Tests;

/// <summary>What is wrong with a command line is one line that names the option, and exit code 1.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TempFolder _folder = new TempFolder().With("file", "x");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--epochs abc", "--epochs: expected a whole number from 1 to 2147483647, found 'abc'.")]
    [InlineData("--epochs 0", "--epochs: expected a whole number from 1 to 2147483647, found '0'.")]
    [InlineData("--epochs 1.5", "--epochs: expected a whole number from 1 to 2147483647, found '1.5'.")]
    [InlineData("--epochs", "--epochs: expected a value, found none.")]
    [InlineData("--epochs --seed 3", "--epochs: expected a value, found the option --seed.")]
    [InlineData("--epochs 1 --epochs 2", "--epochs: expected once, found 2 times.")]
    [InlineData("--seed 99999999999", "--seed: expected a whole number from -2147483648 to 2147483647, found '99999999999'.")]
    [InlineData("--download --download", "--download: expected once, found 2 times.")]
    [InlineData("--download maybe", "Expected one of --help, --version, --data, --download, --content, --preset, --engine, --epochs, --seed, --output, --json, found 'maybe'.")]
    [InlineData("--bogus 3", "Expected one of --help, ")]
    [InlineData("@file", "Expected one of --help, ")]
    [InlineData("--preset magic", "--preset: expected one of default, factors, notebook, paper, found 'magic'.")]
    [InlineData("--preset 7", "--preset: expected one of default, factors, notebook, paper, found '7'.")]
    [InlineData("--engine abacus", "--engine: expected one of cpu, torch, cuda, found 'abacus'.")]
    [InlineData("--content covers", "--content: expected some of tags, authors, language, decade, found 'covers'.")]
    [InlineData("--content tags=-1", "--content: expected a positive number as the strength of 'tags', found '-1'.")]
    [InlineData("--content tags,tags=2", "--content: expected each content once, found 'tags' again.")]
    [InlineData("--data {folder}/nowhere", "--data: expected a folder, found none at '")]
    [InlineData("--data {folder}/file", "--data: expected a folder, found a file at '")]
    [InlineData("--data {folder}", "--data: ratings.csv: expected ratings.csv or ratings.csv.gz in the folder '")]
    [InlineData("--data {folder} --download", "--download: expected it without --data, found both.")]
    [InlineData("--json {folder}", "--json: expected a file, found a folder at '")]
    [InlineData("--json {folder}/file/results.json", "--json: expected a folder, found a file at '")]
    [InlineData("--output {folder}/file", "--output: expected a folder, found a file at '")]
    [InlineData("--output {folder}/file/runs", "--output: expected a folder, found a file at '")]
    public async Task A_mistake_is_one_line(string arguments, string expected)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        await Programs.AssertRefusedAsync(CommandLine.Create(console), arguments.Replace("{folder}", _folder.Path, StringComparison.Ordinal).Split(' '), expected);
        // It is found before any work.
        Assert.Equal("", output.ToString());
        Assert.Equal([_folder.File("file")], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("--data", "")]
    [InlineData("--json", "")]
    [InlineData("--output", "")]
    public async Task An_empty_path_is_a_mistake(string option, string path) =>
        await Programs.AssertRefusedAsync(CommandLine.Create(AnsiConsole.Console), [option, path], $"{option}: expected a f");

    [Fact]
    public async Task What_cannot_be_read_or_written_is_a_mistake()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Needs a user whom permissions of Unix hold back.");
        string locked = _folder.File("locked");
        Directory.CreateDirectory(locked);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(locked, UnixFileMode.None);
        foreach ((string option, string path) in ((string, string)[])[("--data", locked), ("--output", locked), ("--json", Path.Combine(locked, "results.json"))])
            await Programs.AssertRefusedAsync(CommandLine.Create(AnsiConsole.Console), [option, path], $"{option}: expected a f");
    }

    [Fact]
    public async Task The_program_itself_says_so_too() => await Programs.AssertRefusedAsync("GoodBooks", ["--epochs", "abc"], "--epochs: expected a whole number");
}
