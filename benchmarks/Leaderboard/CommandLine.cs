using System.CommandLine;
using System.Globalization;
using LightGcn.Examples;
using Spectre.Console;

namespace Leaderboard;

/// <summary>The command line of the leaderboard.</summary>
internal static class CommandLine
{
    /// <summary>The longest list that is ranked.</summary>
    private const int MaximumCutoff = 10_000;

    public static RootCommand Create(IAnsiConsole console)
    {
        Option<string?> data = Data("Folder with train.txt and test.txt (optionally valid.txt) of lines 'user item item ...', or with the CSV files of GoodBooks or MovieLens; .gz too.");
        Option<string[]> models = new Option<string[]>("--models") { Description = $"Models to train, separated by commas: {string.Join(", ", ModelCatalog.Names)}.", HelpName = "A,B,C", DefaultValueFactory = _ => [.. ModelCatalog.Default] }.Names(ModelCatalog.Names);
        Option<int[]> cutoffs = new Option<int[]>("--cutoffs") { Description = "Cutoffs, separated by commas.", HelpName = "K,K", DefaultValueFactory = _ => [20] }.Numbers(1, MaximumCutoff);
        Option<int> seed = Seed();
        Option<double> trainShare = TrainShare();
        Option<string?> json = Json();
        Option<string?> plot = new Option<string?>("--plot") { Description = "Also plot quality against training time to this PNG file.", HelpName = "FILE" }.OutputFile();
        RootCommand command = new("Trains recommenders under the same conditions and ranks all items for all test users.") { data, models, cutoffs, seed, trainShare, json, plot };
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            Job job = new(console, arguments.GetValue(seed), arguments.GetValue(cutoffs)!, arguments.GetValue(trainShare));
            job.Run(arguments.GetValue(data)!, arguments.GetValue(models)!, arguments.GetValue(json), arguments.GetValue(plot), cancellationToken);
        }, cancellationToken));
        command.Subcommands.Add(CreateAblation(console));
        command.Subcommands.Add(CreateBudgets(console));
        command.Subcommands.Add(CreateHybrid(console));
        return command;
    }

    private static Command CreateAblation(IAnsiConsole console)
    {
        Option<string?> data = Data("The same as of the leaderboard.");
        Option<string[]> variants = new Option<string[]>("--variants") { Description = $"Changes of LightGCN's defaults to try, separated by commas: {string.Join(", ", Ablation.Names)}.", HelpName = "A,B,C", DefaultValueFactory = _ => [.. Ablation.Names] }.Names(Ablation.Names);
        Option<int[]> seeds = Seeds("Seeds of training, separated by commas.");
        Option<int?> epochs = Epochs("Epochs of every variant; the default number without it.");
        Option<double> trainShare = TrainShare();
        Command command = new("ablation", "Trains LightGCN with one default changed at a time, over several seeds, and ranks for the validation users; the test data are not touched.") { data, variants, seeds, epochs, trainShare };
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            Ablation ablation = new(console, arguments.GetValue(seeds)!, arguments.GetValue(epochs), arguments.GetValue(trainShare));
            ablation.Run(arguments.GetValue(data)!, arguments.GetValue(variants)!, cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static Command CreateBudgets(IAnsiConsole console)
    {
        Option<string?> data = Data("The same as of the leaderboard.");
        Option<string[]> models = new Option<string[]>("--models") { Description = $"Kinds of models, separated by commas, each trained with several settings: {string.Join(", ", BudgetCatalog.Names)}.", HelpName = "A,B,C", DefaultValueFactory = _ => [.. BudgetCatalog.Names] }.Names(BudgetCatalog.Names);
        Option<int[]> budgets = new Option<int[]>("--budgets") { Description = "Training budgets in seconds, separated by commas. A training that takes longer than the longest is stopped.", HelpName = "S,S", DefaultValueFactory = _ => [3, 10, 30, 100] }.Numbers(1, 1_000_000);
        Option<int> cutoff = new Option<int>("--cutoff") { Description = "Cutoff of the NDCG that settings are compared by.", HelpName = "K", DefaultValueFactory = _ => 20 }.Number(1, MaximumCutoff);
        Option<int> seed = Seed();
        Option<string?> json = Json();
        Option<string?> plot = new Option<string?>("--plot") { Description = "Also plot quality against training time to this SVG file.", HelpName = "FILE" }.OutputFile();
        Command command = new("budgets", "Trains each kind of model with short and long settings, and shows the best of each kind in every training budget, chosen by validation.") { data, models, budgets, cutoff, seed, json, plot };
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            BudgetOptions options = new(
                arguments.GetValue(data)!,
                arguments.GetValue(models)!,
                arguments.GetValue(budgets)!,
                arguments.GetValue(cutoff),
                arguments.GetValue(seed),
                arguments.GetValue(json),
                arguments.GetValue(plot));
            new Budgets(console, options).Run(cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static Command CreateHybrid(IAnsiConsole console)
    {
        Option<string?> data = Data("Folder with the CSV files of GoodBooks or MovieLens, .gz too.");
        Option<string?> content = new("--content") { Description = $"Content, separated by commas, each with '=STRENGTH' where it is another than that of --strength; all there is without it. GoodBooks: {string.Join(", ", GoodBooksContent.Names)}; MovieLens: {string.Join(", ", MovieLensContent.Names)}. The same one with several strengths compares these.", HelpName = "A,B=S" };
        Option<float?> strength = new Option<float?>("--strength") { Description = "How many interactions an edge of mean weight counts for; each kind's own default without it.", HelpName = "X" }.Reads<float?>(
            text => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value > 0 && float.IsFinite(value) ? value : throw OptionReading.Unexpected("a positive number", text));
        Option<int[]> seeds = Seeds("Seeds of training, separated by commas; the split is always the same.");
        Option<int?> epochs = Epochs("Epochs of every run; the default number without it.");
        Option<HoldOut> holdOut = new Option<HoldOut>("--hold-out") { Description = "What to hold out: interactions of users, whole items, or both in two trainings.", DefaultValueFactory = _ => HoldOut.Both }.Choice();
        Option<double> trainShare = TrainShare();
        Option<bool> shuffled = new("--shuffled") { Description = "Also train with each kind of content given to other items: what edges alone do, that say nothing.", Arity = ArgumentArity.Zero };
        Option<bool> equalTime = new("--equal-time") { Description = "Also train without content for as many epochs as take the time of the slowest run with content.", Arity = ArgumentArity.Zero };
        Option<Part> part = new Option<Part>("--part") { Description = "The held-out interactions to report: choose on validation, report test once.", DefaultValueFactory = _ => Part.Validation }.Choice();
        Option<string?> json = Json();
        Command command = new("hybrid", "Trains LightGCN without content, with each relation alone and with all together, over several seeds, and ranks for all users, for users with few interactions, and new items.") { data, content, strength, holdOut, trainShare, seeds, epochs, shuffled, equalTime, part, json };
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            HybridSettings settings = new(
                arguments.GetValue(data)!,
                arguments.GetValue(content),
                arguments.GetValue(strength),
                arguments.GetValue(holdOut),
                arguments.GetValue(trainShare),
                arguments.GetValue(seeds)!,
                arguments.GetValue(epochs),
                arguments.GetValue(shuffled),
                arguments.GetValue(equalTime),
                arguments.GetValue(part) == Part.Test,
                arguments.GetValue(json));
            new Hybrid(console, settings).Run(cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static Option<string?> Data(string description) => new Option<string?>("--data") { Description = description, HelpName = "DIR", Required = true }.ExistingFolder();

    private static Option<string?> Json() => new Option<string?>("--json") { Description = "Also write the results to this file.", HelpName = "FILE" }.OutputFile();

    private static Option<int> Seed() =>
        new Option<int>("--seed") { Description = "Seed of training, and of the split of GoodBooks and MovieLens.", HelpName = "N", DefaultValueFactory = _ => 42 }.Number(int.MinValue, int.MaxValue);

    private static Option<int[]> Seeds(string description) => new Option<int[]>("--seeds") { Description = description, HelpName = "N,N", DefaultValueFactory = _ => [1, 2, 3] }.Numbers(1, int.MaxValue);

    private static Option<int?> Epochs(string description) => new Option<int?>("--epochs") { Description = description, HelpName = "N" }.Number(1, int.MaxValue);

    private static Option<double> TrainShare() =>
        new Option<double>("--train-share") { Description = "Share of every user's training interactions to train on, the others being dropped: how a younger service with less data would fare.", HelpName = "X", DefaultValueFactory = _ => 1 }.Reads(
            text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 1 ? value : throw OptionReading.Unexpected("a number above 0 and at most 1", text));
}

/// <summary>Held-out interactions.</summary>
internal enum Part
{
    /// <summary>Those that settings are chosen by.</summary>
    Validation,

    /// <summary>Those that are reported.</summary>
    Test,
}
