using LightGcn.Testing;

namespace WebRecommender.Tests;

/// <summary>What is wrong with a command line is one line that names the option, and exit code 1.</summary>
public sealed class CommandLineTests(Samples samples)
{
    private const string Name = "WebRecommender";

    [Theory]
    [InlineData("--rate abc", "--rate: expected a whole number from 1 to 2147483647, found 'abc'.")]
    [InlineData("--rate 0", "--rate: expected a whole number from 1 to 2147483647, found '0'.")]
    [InlineData("--rate 99999999999", "--rate: expected a whole number from 1 to 2147483647, found '99999999999'.")]
    [InlineData("--rate", "--rate: expected a value, found none.")]
    [InlineData("--rate --urls", "--rate: expected a value, found the option --urls.")]
    [InlineData("--rate 1 --rate 2", "--rate: expected once, found 2 times.")]
    [InlineData("--bogus 1", "Expected one of load, --help, --version, --model, --data, --urls, --hosts, --proxies, --rate, found '--bogus'.")]
    [InlineData("junk", "Expected one of load, ")]
    [InlineData("--urls abc", "--urls: expected http:// or https://, then")]
    [InlineData("--urls ftp://127.0.0.1", "--urls: expected http:// or https://, then")]
    [InlineData("--urls http://127.0.0.1:99999", "--urls: expected http:// or https://, then")]
    [InlineData("--urls http://example.org:80", "--urls: expected http:// or https://, then")]
    [InlineData("--urls http://127.0.0.1:80/x", "--urls: expected http:// or https://, then")]
    [InlineData("--urls http://127.0.0.1:80;", "--urls: expected http:// or https://, then", "http://127.0.0.1:80;abc")]
    [InlineData("--hosts example.org:80", "--hosts: expected host names without ports")]
    [InlineData("--hosts ,", "--hosts: expected host names without ports")]
    [InlineData("--proxies 10.0.0.0/99", "--proxies: expected IP addresses and networks")]
    [InlineData("--proxies 1", "--proxies: expected IP addresses and networks")]
    [InlineData("--model {nowhere}", "--model: expected a file, found none at '")]
    [InlineData("--model {books}", "--model: expected a file, found a folder at '")]
    [InlineData("--model {broken}", "--model: Expected a LightGCN model with its history")]
    [InlineData("--data {books}", "--data: expected --model beside it, found none.")]
    [InlineData("--model {model} --data {nowhere}", "--data: expected a folder, found none at '")]
    [InlineData("--model {model} --data {broken}", "--data: expected a folder, found a file at '")]
    [InlineData("load", "address: expected a value, found none.")]
    [InlineData("load abc", "address: expected an address of this machine, such as http://127.0.0.1:5080, found 'abc'.")]
    [InlineData("load ftp://127.0.0.1", "address: expected an address of this machine")]
    [InlineData("load http://192.0.2.1:80", "address: expected an address of this machine")]
    [InlineData("load http://127.0.0.1:1 --seconds abc", "--seconds: expected a whole number from 1 to 86400, found 'abc'.")]
    [InlineData("load http://127.0.0.1:1 --connections 1000000000", "--connections: expected a whole number from 1 to 1000, found '1000000000'.")]
    [InlineData("load http://127.0.0.1:1", "address: expected a server of this example at http://127.0.0.1:1/, found none: ")]
    [InlineData("--rate 3 load http://127.0.0.1:1", "--rate: expected only options of 'load', found one of the whole program.")]
    public async Task A_mistake_is_one_line(string arguments, string expected, string? instead = null)
    {
        string broken = Path.Combine(samples.Books, "broken.zip");
        await File.WriteAllTextAsync(broken, "broken", TestContext.Current.CancellationToken);
        string[] parts = [.. arguments.Split(' ').Select(part => part
            .Replace("{nowhere}", Path.Combine(samples.Books, "nowhere"), StringComparison.Ordinal).Replace("{books}", samples.Books, StringComparison.Ordinal)
            .Replace("{broken}", broken, StringComparison.Ordinal).Replace("{model}", samples.First, StringComparison.Ordinal))];
        if (instead is not null)
            parts[^1] = instead;
        await Programs.AssertRefusedAsync(CommandLine.Create(), parts, expected);
    }

    [Fact]
    public async Task A_busy_port_and_https_without_a_certificate_are_one_line()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        await Programs.AssertRefusedAsync(Name, ["--model", samples.First, "--urls", server.Address.ToString()], "--urls: expected addresses that are free and, for https, a certificate (docs/serving.md); found an error: ");
        // Named, since a developer's machine may have a certificate of its own.
        await Programs.AssertRefusedAsync(Name, ["--model", samples.First, "--urls", "https://127.0.0.1:0"], "--urls: expected addresses", ("Kestrel__Certificates__Default__Path", Path.Combine(samples.Books, "nowhere.pem")));
    }

    [Fact]
    public async Task A_load_of_another_server_is_one_line()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        await Programs.AssertRefusedAsync(Name, ["load", $"{server.Address}openapi/"], $"address: expected a server of this example at {server.Address}openapi/, found none: ");
    }

    [Fact]
    public async Task Help_is_no_mistake() => Assert.Equal(0, (await Programs.RunAsync(Name, ["--rate", "abc", "--help"])).Exit);

    [Fact]
    public async Task The_program_itself_says_so_too() => await Programs.AssertRefusedAsync(Name, ["--rate", "abc"], "--rate: expected a whole number from 1 to 2147483647, found 'abc'.");
}
