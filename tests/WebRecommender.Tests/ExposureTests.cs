using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LightGcn.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace WebRecommender.Tests;

/// <summary>What the server needs where others can reach it: headers, names of hosts, proxies, https.</summary>
public sealed class ExposureTests(Samples samples)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "", null, 200)]
    [InlineData("GET", "app.js", null, 200)]
    [InlineData("GET", "api/model", null, 200)]
    [InlineData("GET", "metrics", null, 200)]
    [InlineData("GET", "openapi/v1.json", null, 200)]
    [InlineData("GET", "api/books?count=0", null, 400)]
    [InlineData("GET", "api/books?count=many", null, 400)]
    [InlineData("POST", "api/recommendations", "{", 400)]
    [InlineData("GET", "nothing", null, 404)]
    [InlineData("GET", "api/books/999999", null, 404)]
    [InlineData("PUT", "api/books", "{}", 405)]
    [InlineData("POST", "api/recommendations", "long", 413)]
    [InlineData("POST", "api/recommendations", "text", 415)]
    [InlineData("GET", "fails", null, 500)]
    [InlineData("GET", "busy", null, 503)]
    public async Task Every_answer_has_the_headers(string method, string path, string? body, int status)
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First, configure: application =>
        {
            application.MapGet("/fails", new Func<string>(() => throw new InvalidOperationException("secret")));
            application.MapGet("/busy", () => Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        });
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (body is not null)
            request.Content = new StringContent(body == "long" ? new string(' ', 20_000) : body, Encoding.UTF8, body == "text" ? "text/plain" : "application/json");
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);
        Assert.Equal(status, (int)answer.StatusCode);
        AssertHeaders(answer);
        // A failure is told in the log alone.
        Assert.DoesNotContain("secret", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_rate_has_the_headers()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First, requestsPerSecond: 1);
        using HttpResponseMessage? refused = await FirstRefusedAsync(server, _ => null);
        AssertHeaders(Assert.IsType<HttpResponseMessage>(refused));
    }

    [Theory]
    [InlineData("books.example.org", 200)]
    [InlineData("books.example.org:8080", 200)]
    [InlineData("a.example.net", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("example.net", 400)]
    [InlineData("evil.example", 400)]
    [InlineData("127.0.0.1", 400)]
    public async Task Only_named_hosts_are_answered(string host, int status)
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First, change: settings => settings with { Hosts = HostNames.Read("books.example.org, *.example.net,[::1]") });
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("health", UriKind.Relative));
        request.Headers.Host = host;
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);
        Assert.Equal(status, (int)answer.StatusCode);
        AssertHeaders(answer);
        if (status == 400)
        {
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            Assert.Contains("Expected a host that this server answers to", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.0/8,127.0.0.0/8")]
    [InlineData("::1,127.0.0.1")]
    public async Task Clients_of_a_known_proxy_have_a_rate_each(string proxies)
    {
        await using RunningServer server = await StartBehindAsync(proxies);
        // Each from an address of its own: none meets the limit of one a second.
        for (int n = 1; n <= 50; n++)
        {
            using HttpResponseMessage answer = await AskAsync(server, $"198.51.100.{n}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        // The proxy adds its client at the end; what that one claims before it does not count.
        using HttpResponseMessage? refused = await FirstRefusedAsync(server, n => $"198.51.100.{n % 250}, 203.0.113.7");
        Assert.NotNull(refused);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.0/8")]
    public async Task Nobody_else_is_believed(string proxies)
    {
        await using RunningServer server = await StartBehindAsync(proxies);
        using HttpResponseMessage? refused = await FirstRefusedAsync(server, n => $"198.51.100.{n % 250}");
        Assert.NotNull(refused);
    }

    [Fact]
    public async Task Https_takes_the_certificate_of_the_configuration()
    {
        string folder = Directory.CreateTempSubdirectory("web-recommender-").FullName;
        string certificatePath = Path.Combine(folder, "certificate.pem"), keyPath = Path.Combine(folder, "key.pem");
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(certificatePath, certificate.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(keyPath, key.ExportPkcs8PrivateKeyPem(), Token);
        using Process process = Programs.Start(
            "WebRecommender", ["--model", samples.First, "--urls", "https://127.0.0.1:0"], [("Kestrel__Certificates__Default__Path", certificatePath), ("Kestrel__Certificates__Default__KeyPath", keyPath)]);
        try
        {
            const string mark = "Now listening on: ";
            string? line;
            do
                line = await process.StandardOutput.ReadLineAsync(Token);
            while (line?.Contains(mark, StringComparison.Ordinal) == false);
            Assert.True(line is not null, "The server ended before it listened.");
            using SocketsHttpHandler handler = new() { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, found, _, _) => found?.GetCertHashString() == certificate.GetCertHashString() } };
            using HttpClient client = new(handler);
            Assert.Contains("healthy", await client.GetStringAsync(new Uri(new Uri(line[(line.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..]), "health"), Token), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<RunningServer> StartBehindAsync(string proxies) =>
        RunningServer.StartAsync(samples, samples.First, requestsPerSecond: 1, change: settings => settings with { Proxies = proxies.Length > 0 ? ProxyNetworks.Read(proxies) : [] });

    /// <summary>Asks until a request is refused; null when none is. A window may end between requests, but not between as many as these.</summary>
    private static async Task<HttpResponseMessage?> FirstRefusedAsync(RunningServer server, Func<int, string?> forwardedFor)
    {
        for (int n = 0; n < 1000; n++)
        {
            HttpResponseMessage answer = await AskAsync(server, forwardedFor(n));
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                return answer;
            answer.Dispose();
        }
        return null;
    }

    private static async Task<HttpResponseMessage> AskAsync(RunningServer server, string? forwardedFor)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("api/model", UriKind.Relative));
        if (forwardedFor is not null)
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        return await server.Client.SendAsync(request, Token);
    }

    private static void AssertHeaders(HttpResponseMessage answer)
    {
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        foreach (string directive in (string[])["default-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"])
            Assert.Contains(directive, policy.Split("; "));
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
    }
}
