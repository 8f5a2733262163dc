using System.Text.Json;
using LightGcn.Testing;
using Microsoft.Playwright;

namespace WebRecommender.Tests;

/// <summary>axe-core finds nothing on the page that would stop somebody with a screen reader, a keyboard or weak eyes.</summary>
public sealed class AccessibilityTests(Samples samples)
{
    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    public async Task Every_view_passes(int width, int height, ColorScheme scheme)
    {
        await using Visit visit = await Visit.StartAsync(samples, width, height, scheme);
        IPage page = visit.Page;
        ILocator answer = page.Locator("#answer li"), found = page.Locator("#found li"), note = page.Locator("#note");
        string title = (await visit.Server.GetAsync<LightGcn.Examples.Book>("api/books/5")).Title;

        await Assertions.Expect(answer).ToHaveCountAsync(10);
        await Assertions.Expect(page.Locator("#model")).ToContainTextAsync("Model 1");
        await Check("what is popular");

        await page.GetByLabel("Search by title or author").FillAsync(title);
        await Assertions.Expect(found.Locator("a").First).ToHaveTextAsync(title);
        await Check("a search");

        await found.GetByRole(AriaRole.Button).First.ClickAsync();
        await Assertions.Expect(answer.Locator(".reasons").First).ToBeVisibleAsync();
        await Check("recommendations with reasons");

        await Go("book/5");
        await Assertions.Expect(page.Locator("#answer-title")).ToHaveTextAsync(title);
        await Check("a book");

        await Go("book/999999");
        await Assertions.Expect(note).ToContainTextAsync("999999");
        await Check("an unknown book");

        await Go("reader/7");
        await page.Locator("#history summary").ClickAsync();
        await Assertions.Expect(page.Locator("#history li").First).ToBeVisibleAsync();
        await Check("a reader with the books chosen");

        Task Go(string place) => page.EvaluateAsync("place => location.hash = place", place);

        async Task Check(string view)
        {
            AxeResult result = await visit.RunAxeAsync();
            Assert.True(result.Violations.Count == 0, $"{view}: {string.Join('\n', result.Violations)}");
            // What axe-core finds hard to judge is no pass, and the rules that such a page breaks most often had something to judge.
            Assert.Empty(result.Undecided);
            Assert.Empty(((string[])["button-name", "color-contrast", "label", "link-name"]).Except(result.Passed));
        }
    }

    [Fact]
    public async Task What_is_wrong_is_found()
    {
        await using Visit visit = await Visit.StartAsync(samples, 390, 844, ColorScheme.Light);
        await Assertions.Expect(visit.Page.Locator("#answer li")).ToHaveCountAsync(10);
        await visit.Page.EvaluateAsync("""
            () => {
              document.querySelector("label[for=search]").remove();
              document.querySelector("#search").placeholder = "";
              document.querySelector("#note").style.color = "#bbb";
            }
            """);
        Assert.Equal(["color-contrast", "label"], (await visit.RunAxeAsync()).Violations.Select(rule => rule.Rule).Order(StringComparer.Ordinal));
    }

    /// <summary>What axe-core says of a page.</summary>
    /// <param name="Violations">Rules that the page breaks.</param>
    /// <param name="Undecided">Rules of which axe-core cannot tell.</param>
    /// <param name="Passed">Rules that judged something and found nothing.</param>
    private sealed record AxeResult(IReadOnlyList<Violation> Violations, IReadOnlyList<string> Undecided, IReadOnlyList<string> Passed);

    /// <summary>A rule that the page breaks, and where.</summary>
    private sealed record Violation(string Rule, string Impact, string Help, string Places);

    /// <summary>A browser with the page of a server of its own.</summary>
    private sealed class Visit(string axe, RunningServer server, IPlaywright playwright, IBrowser browser, IPage page) : IAsyncDisposable
    {
        public RunningServer Server => server;

        public IPage Page => page;

        public static async Task<Visit> StartAsync(Samples samples, int width, int height, ColorScheme scheme)
        {
            (string chromium, string folder) = (Chromium.PathOrSkip(), NodePackages.FolderOrSkip("axe-core"));
            string axe = await File.ReadAllTextAsync(Path.Combine(folder, "axe.min.js"), TestContext.Current.CancellationToken);
            RunningServer server = await RunningServer.StartAsync(samples, samples.First);
            IPlaywright playwright = await Playwright.CreateAsync();
            IBrowser browser = await Chromium.LaunchAsync(playwright, chromium);
            IPage page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
            await page.GotoAsync(server.Address.ToString());
            return new Visit(axe, server, playwright, browser, page);
        }

        public async Task<AxeResult> RunAxeAsync()
        {
            await page.EvaluateAsync(axe);
            JsonElement result = (await page.EvaluateAsync("() => axe.run()"))!.Value;
            return new AxeResult(
                [.. Rules("violations").Select(rule => new Violation(
                    Text(rule, "id"), Text(rule, "impact"), Text(rule, "help"),
                    string.Join("; ", rule.GetProperty("nodes").EnumerateArray().Select(node => Text(node, "html")))))],
                [.. Rules("incomplete").Select(rule => Text(rule, "id"))],
                [.. Rules("passes").Select(rule => Text(rule, "id"))]);

            IEnumerable<JsonElement> Rules(string name) => result.GetProperty(name).EnumerateArray();

            static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
        }

        public async ValueTask DisposeAsync()
        {
            await browser.DisposeAsync();
            playwright.Dispose();
            await server.DisposeAsync();
        }
    }
}
