using System.CommandLine;
using LightGcn.Examples;

namespace Distributed;

/// <summary>The command line of the example.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        Option<string?> data = new Option<string?>("--data") { Description = "A folder with the CSV files of GoodBooks-10k, plain or .gz; without it, made-up data.", HelpName = "DIR" }.ExistingFolder();
        Option<string?> model = new Option<string?>("--model") { Description = "Write the model to this file.", HelpName = "FILE" }.OutputFile();
        Option<string?> lists = new Option<string?>("--lists") { Description = "Write the ten best books of every reader to this folder.", HelpName = "DIR" }.OutputFolder();
        Option<string?> checkpoints = new Option<string?>("--checkpoints") { Description = "Write checkpoints to this folder, and go on from the last one there.", HelpName = "DIR" }.OutputFolder();
        Option<int> epochs = new Option<int>("--epochs") { Description = "Number of epochs.", HelpName = "N", DefaultValueFactory = _ => 4 }.Number(1, 100_000);
        Option<int?> threads = new Option<int?>("--threads") { Description = "Threads of each process; without it, its share of the processors.", HelpName = "N" }.Number(1, 1024);
        RootCommand command = new("Trains one recommender in all processes of 'mpirun'. Process 0 prints and writes.") { data, model, lists, checkpoints, epochs, threads };
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Training.Run(new Settings(
            arguments.GetValue(data), arguments.GetValue(model), arguments.GetValue(lists), arguments.GetValue(checkpoints),
            arguments.GetValue(epochs), arguments.GetValue(threads)), cancellationToken)));
        return command;
    }
}

/// <summary>What the command line says.</summary>
internal sealed record Settings(string? Data, string? Model, string? Lists, string? Checkpoints, int Epochs, int? Threads);
