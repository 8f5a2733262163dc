using System.CommandLine;
using LightGcn.Examples;
using Spectre.Console;

namespace GoodBooks;

/// <summary>The command line of the main job.</summary>
internal static class CommandLine
{
    public static RootCommand Create(IAnsiConsole console)
    {
        Option<string?> data = new Option<string?>("--data") { Description = "Folder with GoodBooks CSV files (ratings.csv, to_read.csv, books.csv), plain or .gz.", HelpName = "DIR" }.ExistingFolder();
        Option<bool> download = new("--download") { Description = "Fetch the full GoodBooks-10k from its authors into a cache folder, once.", Arity = ArgumentArity.Zero };
        Option<ContentChoice[]> content = new Option<ContentChoice[]>("--content") { Description = $"What else the graph knows of the books, separated by commas: some of {string.Join(", ", GoodBooksContent.Names)}, each with '=STRENGTH' where it is not its own default (docs/hybrid.md).", HelpName = "A,B=S", DefaultValueFactory = _ => [] }.Reads(ReadContent);
        Option<Preset> preset = new Option<Preset>("--preset") { Description = "Settings of LightGCN: the library's, the same with embeddings alone, the notebook's or the paper's.", DefaultValueFactory = _ => Preset.Default }.Choice();
        Option<Engine> engine = new Option<Engine>("--engine") { Description = "What trains: the managed CPU engine, TorchSharp on a GPU or else libtorch's CPU, or TorchSharp on a GPU alone.", DefaultValueFactory = _ => Engine.Cpu }.Choice();
        Option<int?> epochs = new Option<int?>("--epochs") { Description = "The maximum number of epochs; the preset's without it.", HelpName = "N" }.Number(1, int.MaxValue);
        Option<int> seed = new Option<int>("--seed") { Description = "Seed of the split, of training and of the synthetic data.", HelpName = "N", DefaultValueFactory = _ => 42 }.Number(int.MinValue, int.MaxValue);
        Option<string?> output = new Option<string?>("--output") { Description = "Folder in which the run's folder is made.", HelpName = "DIR", DefaultValueFactory = _ => "artifacts" }.OutputFolder();
        Option<string?> json = new Option<string?>("--json") { Description = "Also write the results to this file.", HelpName = "FILE" }.OutputFile();

        RootCommand command = new("Trains LightGCN on GoodBooks-10k, compares it with popularity on held-out books, and recommends.") { data, download, content, preset, engine, epochs, seed, output, json };
        command.Validators.Add(result =>
        {
            if (result.Has(data) && result.Has(download))
                result.AddError("--download: expected it without --data, found both.");
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            Settings settings = new(
                arguments.GetValue(data),
                arguments.GetValue(download),
                arguments.GetValue(content)!,
                arguments.GetValue(preset),
                arguments.GetValue(engine),
                arguments.GetValue(epochs),
                arguments.GetValue(seed),
                arguments.GetValue(output)!,
                arguments.GetValue(json));
            await new MainJob(console, settings).RunAsync(cancellationToken);
        });
        return command;
    }

    private static ContentChoice[] ReadContent(string list)
    {
        ContentChoice[] choices = ContentChoice.Parse(list, GoodBooksContent.Names);
        if (choices.CountBy(choice => choice.Name).FirstOrDefault(count => count.Value > 1) is { Key: { } twice })
            throw new UserErrorException($"expected each content once, found '{twice}' again.");
        return choices;
    }
}

/// <summary>What the command line asks for.</summary>
/// <param name="Data">Folder with CSV files; null for a download or synthetic data.</param>
/// <param name="Download">Whether to fetch the full data.</param>
/// <param name="Content">Relations to add to the graph.</param>
/// <param name="Preset">Settings of LightGCN.</param>
/// <param name="Engine">What trains.</param>
/// <param name="Epochs">The maximum number of epochs; null for the preset's.</param>
/// <param name="Seed">Seed of everything random.</param>
/// <param name="Output">Folder of all runs.</param>
/// <param name="Json">File for the results; null for none.</param>
internal sealed record Settings(string? Data, bool Download, IReadOnlyList<ContentChoice> Content, Preset Preset, Engine Engine, int? Epochs, int Seed, string Output, string? Json);

/// <summary>Named settings of LightGCN.</summary>
internal enum Preset
{
    /// <summary>The library's defaults.</summary>
    Default,

    /// <summary>The library's defaults without weights from item to item: scores are inner products, as a vector database computes them.</summary>
    Factors,

    /// <summary>Those of the GoodBooks-10k notebook.</summary>
    Notebook,

    /// <summary>Those of the LightGCN paper's own code.</summary>
    Paper,
}

/// <summary>What trains LightGCN.</summary>
internal enum Engine
{
    /// <summary>The managed engine on the CPU.</summary>
    Cpu,

    /// <summary>TorchSharp on a GPU, or on libtorch's CPU device where there is none.</summary>
    Torch,

    /// <summary>TorchSharp on a GPU; without one the run ends with the reason.</summary>
    Cuda,
}
