using System.CommandLine;
using System.CommandLine.Parsing;
using WebRecommender.Load;

namespace WebRecommender;

/// <summary>The command line: the server, and the load that measures one.</summary>
internal static class CommandLine
{
    private const int Failed = 1;

    public static RootCommand Create()
    {
        Option<FileInfo?> model = new("--model") { Description = "A model saved by the GoodBooks example; a newer file of this name is picked up while serving. Without it a small model is trained on synthetic books.", HelpName = "FILE" };
        Option<DirectoryInfo?> data = new("--data") { Description = "Folder with the books.csv of the model's books, plain or .gz; without it books have numbers for titles.", HelpName = "DIR" };
        Option<string> urls = new("--urls") { Description = "Addresses to listen on, separated by semicolons.", DefaultValueFactory = _ => "http://127.0.0.1:5080" };
        Option<int> rate = new("--rate") { Description = "Requests that one address may make in a second.", HelpName = "N", DefaultValueFactory = _ => new ServerSettings().RequestsPerSecond };
        AtLeastOne(rate);
        RootCommand command = new("Serves book recommendations: a page, a JSON API, health and metrics.") { model, data, urls, rate, LoadCommand() };
        command.Validators.Add(result =>
        {
            if (result.GetValue(data) is not null && result.GetValue(model) is null)
                result.AddError("--data: expected --model beside it.");
        });
        command.SetAction((arguments, cancellationToken) => GuardAsync(async () =>
        {
            ServerSettings settings = new()
            {
                Urls = arguments.GetValue(urls)!,
                RequestsPerSecond = arguments.GetValue(rate),
                ModelPath = arguments.GetValue(model)?.FullName,
                BooksFolder = arguments.GetValue(data)?.FullName,
            };
            await using WebApplication server = Server.Create(settings);
            await server.StartAsync(cancellationToken);
            await server.WaitForShutdownAsync(cancellationToken);
            return 0;
        }));
        return command;
    }

    private static Command LoadCommand()
    {
        Argument<Uri?> address = new("address") { Description = "Address of a server on this machine, such as http://127.0.0.1:5080.", CustomParser = ParseAddress };
        Option<int> seconds = new("--seconds") { Description = "How long.", DefaultValueFactory = _ => 10 };
        Option<int> connections = new("--connections") { Description = "Requests at a time.", DefaultValueFactory = _ => 8 };
        AtLeastOne(seconds);
        AtLeastOne(connections);
        Command command = new("load", "Puts load on a server of this machine and prints the figures; fails when a request fails.") { address, seconds, connections };
        command.SetAction((arguments, cancellationToken) => GuardAsync(async () =>
        {
            LoadReport report = await LoadRun.RunAsync(arguments.GetValue(address)!, TimeSpan.FromSeconds(arguments.GetValue(seconds)), arguments.GetValue(connections), cancellationToken);
            await Console.Out.WriteLineAsync(report.ToString());
            return report.Failed == 0 ? 0 : Failed;
        }));
        return command;
    }

    private static Uri? ParseAddress(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? address))
            return address;
        result.AddError($"address: expected one such as http://127.0.0.1:5080, found '{text}'.");
        return null;
    }

    private static void AtLeastOne(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
            result.AddError($"{option.Name}: expected at least 1.");
    });

    private static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException or HttpRequestException or ArgumentException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return Failed;
        }
    }
}
