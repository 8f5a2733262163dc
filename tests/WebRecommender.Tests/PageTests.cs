using Microsoft.Playwright;

namespace WebRecommender.Tests;

/// <summary>The page in headless Chromium.</summary>
public sealed class PageTests(Samples samples)
{
    /// <summary>What a thumb hits, in pixels.</summary>
    private const float Thumb = 44;

    [Fact]
    public async Task On_a_phone_recommendations_come_first_and_everything_is_large_enough()
    {
        string chromium = Chromium.PathOrSkip();
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await Chromium.LaunchAsync(playwright, chromium);
        foreach (ColorScheme scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            IPage page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 390, Height = 844 }, ColorScheme = scheme });
            await page.GotoAsync(server.Address.ToString());
            ILocator answer = page.Locator("#answer li"), found = page.Locator("#found li");
            await Assertions.Expect(answer).ToHaveCountAsync(10);
            // Nothing twice: what is much read stands among the recommendations alone.
            await Assertions.Expect(found).ToHaveCountAsync(0);
            Assert.True(await Top("#search") < await Top("#answer") && await Top("#answer") < await Top("#liked"));
            Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth"));
            foreach (ILocator button in await page.GetByRole(AriaRole.Button).AllAsync())
                Assert.True((await button.BoundingBoxAsync())!.Height >= Thumb);

            // While one searches what is found stands in their place; choosing shows what it does at once, with the keyboard too.
            string title = (await server.GetAsync<LightGcn.Examples.Book>("api/books/5")).Title;
            await page.GetByLabel("Search by title or author").FillAsync(title);
            await Assertions.Expect(found.Locator("a").First).ToHaveTextAsync(title);
            await Assertions.Expect(page.Locator("#answer-section")).ToBeHiddenAsync();
            await found.GetByRole(AriaRole.Button).First.PressAsync("Enter");
            await Assertions.Expect(page.Locator("#note")).ToHaveTextAsync("By the book you liked.");
            await Assertions.Expect(page.Locator("#answer-section")).ToBeVisibleAsync();
            Assert.Equal("", await page.GetByLabel("Search by title or author").InputValueAsync());

            // A book that is not there gets a sentence, and a way back.
            await page.EvaluateAsync("() => location.hash = 'book/999999'");
            await Assertions.Expect(page.Locator("#note")).ToContainTextAsync("999999");
            await Assertions.Expect(answer).ToHaveCountAsync(0);
            await page.GetByRole(AriaRole.Link, new() { Name = "Back to your recommendations" }).ClickAsync();
            await Assertions.Expect(answer).ToHaveCountAsync(10);
            await Assertions.Expect(page.Locator("#back")).ToBeHiddenAsync();
            await page.CloseAsync();

            async Task<float> Top(string selector) => (await page.Locator(selector).BoundingBoxAsync())!.Y;
        }
    }

    [Fact]
    public async Task A_person_chooses_books_sees_reasons_opens_a_book_and_a_reader()
    {
        string chromium = Chromium.PathOrSkip();
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await Chromium.LaunchAsync(playwright, chromium);
        IPage page = await browser.NewPageAsync();
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);
        await page.GotoAsync(server.Address.ToString());
        ILocator answer = page.Locator("#answer li"), found = page.Locator("#found li"), liked = page.Locator("#liked li"), title = page.Locator("#answer-title"), note = page.Locator("#note");

        // Nothing chosen: what is popular.
        await Assertions.Expect(answer).ToHaveCountAsync(10);
        await Assertions.Expect(note).ToHaveTextAsync("What most readers chose.");

        // A search, two books, and recommendations with reasons as they are chosen.
        string first = (await server.GetAsync<LightGcn.Examples.Book>("api/books/5")).Title, second = (await server.GetAsync<LightGcn.Examples.Book>("api/books/8")).Title;
        await Choose(first);
        await Assertions.Expect(note).ToHaveTextAsync("By the book you liked.");
        await Assertions.Expect(answer.First.Locator(".reasons")).ToHaveTextAsync($"because of {first}");
        await Assertions.Expect(answer.Locator(".attributes").First).ToContainTextAsync("for its ");
        await page.GetByLabel("Search by title or author").FillAsync("");
        await Choose(second);
        await Assertions.Expect(note).ToHaveTextAsync("By the 2 books you liked.");
        await Assertions.Expect(liked).ToHaveCountAsync(2);
        string[] expected = [.. (await server.RecommendAsync(5, 8)).Books.Select(book => book.Book.Title)];
        await Assertions.Expect(answer.Locator("a")).ToHaveTextAsync(expected);

        // A book's page has similar books, and leads back.
        await answer.Locator("a").First.ClickAsync();
        await Assertions.Expect(title).ToHaveTextAsync(expected[0]);
        await Assertions.Expect(answer).ToHaveCountAsync(10);
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to your recommendations" }).ClickAsync();
        await Assertions.Expect(answer.Locator("a")).ToHaveTextAsync(expected);

        // A book is taken back.
        await liked.GetByRole(AriaRole.Button).First.ClickAsync();
        await Assertions.Expect(liked).ToHaveCountAsync(1);
        await Assertions.Expect(note).ToHaveTextAsync("By the book you liked.");

        // A known reader, and one that is not.
        await page.GetByLabel("Or be a reader of the data").FillAsync("7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Assertions.Expect(title).ToHaveTextAsync("Recommended to reader 7");
        await Assertions.Expect(answer).ToHaveCountAsync(10);
        await Assertions.Expect(page.Locator("#history summary")).ToContainTextAsync("What this reader chose");
        Assert.Empty(complaints);
        await page.GetByLabel("Or be a reader of the data").FillAsync("999999");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Assertions.Expect(note).ToContainTextAsync("found reader 999999");

        async Task Choose(string book)
        {
            await page.GetByLabel("Search by title or author").FillAsync(book);
            await Assertions.Expect(found.Locator("a").First).ToHaveTextAsync(book);
            await found.GetByRole(AriaRole.Button).First.ClickAsync();
        }
    }
}
