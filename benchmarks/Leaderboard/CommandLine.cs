using System.CommandLine;
using GoodBooks;
using LightGcn.Examples;
using Spectre.Console;

namespace Leaderboard;

/// <summary>The command line of the leaderboard.</summary>
internal static class CommandLine
{
    private const int Failed = 1, Cancelled = 130;

    public static RootCommand Create(IAnsiConsole console)
    {
        Option<DirectoryInfo> data = new("--data") { Description = "Folder with train.txt and test.txt (optionally valid.txt) of lines 'user item item ...', or with the CSV files of GoodBooks or MovieLens; .gz too.", HelpName = "DIR", Required = true };
        Option<string> models = new("--models") { Description = $"Models to train, separated by commas: {string.Join(", ", ModelCatalog.Names)}.", HelpName = "A,B,C", DefaultValueFactory = _ => string.Join(',', ModelCatalog.Default) };
        Option<string> cutoffs = new("--cutoffs") { Description = "Cutoffs, separated by commas.", HelpName = "K,K", DefaultValueFactory = _ => "20" };
        Option<int> seed = new("--seed") { Description = "Seed of training, and of the split of GoodBooks and MovieLens.", HelpName = "N", DefaultValueFactory = _ => 42 };
        Option<double> trainShare = TrainShare();
        Option<FileInfo?> json = new("--json") { Description = "Also write the results to this file.", HelpName = "FILE" };
        Option<FileInfo?> plot = new("--plot") { Description = "Also plot quality against training time to this PNG file.", HelpName = "FILE" };
        RootCommand command = new("Trains recommenders under the same conditions and ranks all items for all test users.") { data, models, cutoffs, seed, trainShare, json, plot };
        command.SetAction((arguments, cancellationToken) => Guard(() =>
        {
            int[] levels = [.. Split(arguments.GetValue(cutoffs)!).Select(text => ToNumber(text, "--cutoffs"))];
            Job job = new(console, arguments.GetValue(seed), levels, ToShare(arguments.GetValue(trainShare)));
            job.Run(arguments.GetValue(data)!.FullName, [.. Split(arguments.GetValue(models)!)], arguments.GetValue(json)?.FullName, arguments.GetValue(plot)?.FullName, cancellationToken);
        }, cancellationToken));
        command.Subcommands.Add(CreateAblation(console));
        command.Subcommands.Add(CreateHybrid(console));
        return command;
    }

    private static Command CreateAblation(IAnsiConsole console)
    {
        Option<DirectoryInfo> data = new("--data") { Description = "The same as of the leaderboard.", HelpName = "DIR", Required = true };
        Option<string> variants = new("--variants") { Description = $"Changes of LightGCN's defaults to try, separated by commas: {string.Join(", ", Ablation.Names)}.", HelpName = "A,B,C", DefaultValueFactory = _ => string.Join(',', Ablation.Names) };
        Option<string> seeds = new("--seeds") { Description = "Seeds of training, separated by commas.", HelpName = "N,N", DefaultValueFactory = _ => "1,2,3" };
        Option<int?> epochs = new("--epochs") { Description = "Epochs of every variant; the default number without it.", HelpName = "N" };
        Option<double> trainShare = TrainShare();
        Command command = new("ablation", "Trains LightGCN with one default changed at a time, over several seeds, and ranks for the validation users; the test data are not touched.") { data, variants, seeds, epochs, trainShare };
        command.SetAction((arguments, cancellationToken) => Guard(() =>
        {
            int[] numbers = ToSeeds(arguments.GetValue(seeds)!);
            if (arguments.GetValue(epochs) is < 1)
                throw new ArgumentException("--epochs: expected at least 1.");
            new Ablation(console, numbers, arguments.GetValue(epochs), ToShare(arguments.GetValue(trainShare))).Run(arguments.GetValue(data)!.FullName, Split(arguments.GetValue(variants)!), cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static Command CreateHybrid(IAnsiConsole console)
    {
        Option<DirectoryInfo> data = new("--data") { Description = "Folder with the CSV files of GoodBooks or MovieLens, .gz too.", HelpName = "DIR", Required = true };
        Option<string?> content = new("--content") { Description = $"Content, separated by commas, each with '=STRENGTH' where it is another than that of --strength; all there is without it. GoodBooks: {string.Join(", ", GoodBooksContent.Names)}; MovieLens: {string.Join(", ", MovieLensContent.Names)}. The same one with several strengths compares these.", HelpName = "A,B=S" };
        Option<float?> strength = new("--strength") { Description = "How many interactions an edge of mean weight counts for; each kind's own default without it.", HelpName = "X" };
        Option<string> seeds = new("--seeds") { Description = "Seeds of training, separated by commas; the split is always the same.", HelpName = "N,N", DefaultValueFactory = _ => "1,2,3" };
        Option<int?> epochs = new("--epochs") { Description = "Epochs of every run; the default number without it.", HelpName = "N" };
        Option<HoldOut> holdOut = new("--hold-out") { Description = "What to hold out: interactions of users, whole items, or both in two trainings.", DefaultValueFactory = _ => HoldOut.Both };
        Option<double> trainShare = TrainShare();
        Option<bool> shuffled = new("--shuffled") { Description = "Also train with each kind of content given to other items: what edges alone do, that say nothing." };
        Option<bool> equalTime = new("--equal-time") { Description = "Also train without content for as many epochs as take the time of the slowest run with content." };
        Option<Part> part = new("--part") { Description = "The held-out interactions to report: choose on validation, report test once.", DefaultValueFactory = _ => Part.Validation };
        Option<FileInfo?> json = new("--json") { Description = "Also write the results to this file.", HelpName = "FILE" };
        Command command = new("hybrid", "Trains LightGCN without content, with each relation alone and with all together, over several seeds, and ranks for all users, for users with few interactions, and new items.") { data, content, strength, holdOut, trainShare, seeds, epochs, shuffled, equalTime, part, json };
        command.SetAction((arguments, cancellationToken) => Guard(() =>
        {
            if (arguments.GetValue(epochs) is < 1)
                throw new ArgumentException("--epochs: expected at least 1.");
            if (arguments.GetValue(strength) is { } common && !(common > 0 && float.IsFinite(common)))
                throw new ArgumentException("--strength: expected a positive number.");
            double share = ToShare(arguments.GetValue(trainShare));
            HybridSettings settings = new(
                arguments.GetValue(data)!.FullName,
                arguments.GetValue(content),
                arguments.GetValue(strength),
                arguments.GetValue(holdOut),
                share,
                ToSeeds(arguments.GetValue(seeds)!),
                arguments.GetValue(epochs),
                arguments.GetValue(shuffled),
                arguments.GetValue(equalTime),
                arguments.GetValue(part) == Part.Test,
                arguments.GetValue(json)?.FullName);
            new Hybrid(console, settings).Run(cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static Option<double> TrainShare() =>
        new("--train-share") { Description = "Share of every user's training interactions to train on, the others being dropped: how a younger service with less data would fare.", HelpName = "X", DefaultValueFactory = _ => 1 };

    private static double ToShare(double share) => share is > 0 and <= 1 ? share : throw new ArgumentException("--train-share: expected a number above 0 and at most 1.");

    /// <summary>Runs the work; an error of the user's is a line and an exit code.</summary>
    private static async Task<int> Guard(Action work, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(work, cancellationToken);
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
    }

    private static int ToNumber(string text, string option) =>
        int.TryParse(text, out int number) && number > 0 ? number : throw new ArgumentException($"{option}: expected numbers of at least 1, found '{text}'.");

    private static int[] ToSeeds(string list)
    {
        int[] seeds = [.. Split(list).Select(text => ToNumber(text, "--seeds"))];
        return seeds.Length > 0 ? seeds : throw new ArgumentException("--seeds: expected one or more numbers, found none.");
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Held-out interactions.</summary>
internal enum Part
{
    /// <summary>Those that settings are chosen by.</summary>
    Validation,

    /// <summary>Those that are reported.</summary>
    Test,
}
