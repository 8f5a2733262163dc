using System.CommandLine;
using Spectre.Console;

namespace Leaderboard;

/// <summary>The command line of the leaderboard.</summary>
internal static class CommandLine
{
    private const int Failed = 1, Cancelled = 130;

    public static RootCommand Create(IAnsiConsole console)
    {
        Option<DirectoryInfo> data = new("--data") { Description = "Folder with train.txt and test.txt (optionally valid.txt) of lines 'user item item ...', or with GoodBooks CSV files; .gz too.", HelpName = "DIR", Required = true };
        Option<string> models = new("--models") { Description = $"Models to train, separated by commas: {string.Join(", ", ModelCatalog.Names)}.", HelpName = "A,B,C", DefaultValueFactory = _ => string.Join(',', ModelCatalog.Default) };
        Option<string> cutoffs = new("--cutoffs") { Description = "Cutoffs, separated by commas.", HelpName = "K,K", DefaultValueFactory = _ => "20" };
        Option<int> seed = new("--seed") { Description = "Seed of training, and of the split of GoodBooks.", HelpName = "N", DefaultValueFactory = _ => 42 };
        Option<FileInfo?> json = new("--json") { Description = "Also write the results to this file.", HelpName = "FILE" };
        Option<FileInfo?> plot = new("--plot") { Description = "Also plot quality against training time to this PNG file.", HelpName = "FILE" };
        RootCommand command = new("Trains recommenders under the same conditions and ranks all items for all test users.") { data, models, cutoffs, seed, json, plot };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            try
            {
                string[] names = [.. Split(arguments.GetValue(models)!)];
                int[] levels = [.. Split(arguments.GetValue(cutoffs)!).Select(text => int.TryParse(text, out int k) && k > 0 ? k : throw new ArgumentException($"--cutoffs: expected numbers of at least 1, found '{text}'."))];
                Job job = new(console, arguments.GetValue(seed), levels);
                await Task.Run(() => job.Run(arguments.GetValue(data)!.FullName, names, arguments.GetValue(json)?.FullName, arguments.GetValue(plot)?.FullName, cancellationToken), cancellationToken);
                return 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("Cancelled.");
                return Cancelled;
            }
            catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or NotSupportedException)
            {
                await Console.Error.WriteLineAsync(error.Message);
                return Failed;
            }
        });
        return command;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
