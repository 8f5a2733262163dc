using System.CommandLine;
using System.Net;
using LightGcn.Examples;
using WebRecommender.Load;

namespace WebRecommender;

/// <summary>The command line: the server, and the load that measures one.</summary>
internal static class CommandLine
{
    private const int Failed = 1, MaximumSeconds = 86_400, MaximumConnections = 1_000;

    public static RootCommand Create()
    {
        Option<string?> model = new Option<string?>("--model") { Description = "A model saved by the GoodBooks example; a newer file of this name is picked up while serving. Without it a small model is trained on synthetic books.", HelpName = "FILE" }.ExistingFile();
        Option<string?> data = new Option<string?>("--data") { Description = "Folder with the books.csv of the model's books, plain or .gz; without it books have numbers for titles.", HelpName = "DIR" }.ExistingFolder();
        Option<string> urls = new Option<string>("--urls") { Description = "Addresses to listen on, separated by semicolons; https needs a certificate (docs/serving.md).", DefaultValueFactory = _ => "http://127.0.0.1:5080" }.Reads(ListenAddresses.Read);
        Option<string[]> hosts = new Option<string[]>("--hosts") { Description = "Host names that requests may ask for, without ports, separated by commas; *.example.org is every subdomain. All without it.", HelpName = "A,B", DefaultValueFactory = _ => [] }.Reads(HostNames.Read);
        Option<IPNetwork[]> proxies = new Option<IPNetwork[]>("--proxies") { Description = "Addresses and networks of the proxies in front, separated by commas, such as 127.0.0.1,10.0.0.0/8: their X-Forwarded-For and X-Forwarded-Proto count, and nobody else's.", HelpName = "A,B", DefaultValueFactory = _ => [] }.Reads(ProxyNetworks.Read);
        Option<int> rate = new Option<int>("--rate") { Description = "Requests that one address may make in a second.", HelpName = "N", DefaultValueFactory = _ => new ServerSettings().RequestsPerSecond }.Number(1, int.MaxValue);
        RootCommand command = new("Serves book recommendations: a page, a JSON API, health and metrics.") { model, data, urls, hosts, proxies, rate, LoadCommand() };
        command.Validators.Add(result =>
        {
            if (result.Has(data) && !result.Has(model))
                result.AddError("--data: expected --model beside it, found none.");
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            ServerSettings settings = new()
            {
                Urls = arguments.GetValue(urls)!,
                Hosts = arguments.GetValue(hosts)!,
                Proxies = arguments.GetValue(proxies)!,
                RequestsPerSecond = arguments.GetValue(rate),
                ModelPath = arguments.GetValue(model),
                BooksFolder = arguments.GetValue(data),
            };
            await using WebApplication server = Server.Create(settings);
            await UserError.ForAsync("--urls: expected addresses that are free and, for https, a certificate (docs/serving.md); found an error", async () =>
            {
                await server.StartAsync(cancellationToken);
                return 0;
            });
            await server.WaitForShutdownAsync(cancellationToken);
        });
        return command;
    }

    private static Command LoadCommand()
    {
        Argument<Uri> address = new Argument<Uri>("address") { Description = "Address of a server on this machine, such as http://127.0.0.1:5080." }.Reads(ReadAddress);
        Option<int> seconds = new Option<int>("--seconds") { Description = "How long.", HelpName = "N", DefaultValueFactory = _ => 10 }.Number(1, MaximumSeconds);
        Option<int> connections = new Option<int>("--connections") { Description = "Requests at a time.", HelpName = "N", DefaultValueFactory = _ => 8 }.Number(1, MaximumConnections);
        Command command = new("load", "Puts load on a server of this machine and prints the figures; fails when a request fails.") { address, seconds, connections };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            Uri server = arguments.GetValue(address)!;
            LoadReport report = await UserError.ForAsync(
                $"address: expected a server of this example at {server}, found none",
                () => LoadRun.RunAsync(server, TimeSpan.FromSeconds(arguments.GetValue(seconds)), arguments.GetValue(connections), cancellationToken));
            await Console.Out.WriteLineAsync(report.ToString());
            return report.Failed == 0 ? 0 : Failed;
        });
        return command;
    }

    private static Uri ReadAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.IsLoopback
            ? address
            : throw OptionReading.Unexpected("an address of this machine, such as http://127.0.0.1:5080", text);
}
