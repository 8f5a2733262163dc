using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LightGcn.Examples;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.LightGcn;
using WebRecommender.Api;

namespace WebRecommender.Tests;

/// <summary>The endpoints through Kestrel: answers are the recommender's own, bad requests get a reason.</summary>
public sealed class EndpointTests(Samples samples) : IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly Recommender _recommender = Samples.Recommender(samples.First);
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(samples, samples.First);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_new_reader_gets_the_fold_in_with_its_greatest_reasons()
    {
        int[] liked = [3, 5, 8, 999_999];
        RecommendationAnswer answer = await _server.RecommendAsync(liked);
        ItemSet set = _recommender.GetItems(liked.Select(id => (long)id));
        Recommendations expected = _recommender.RecommendToNewUser(set);
        Assert.Equal((1, RecommendationSource.FoldIn), (answer.ModelVersion, answer.Source));
        Assert.Equal(expected.Items.Select(item => (item.Id, (float?)item.Score)), answer.Books.Select(book => (Text(book.Book.Id), book.Score)));
        Assert.Equal([999_999], answer.UnusedBookIds);
        BookCatalog titles = GoodBooksFiles.ReadBooks(samples.Books);
        foreach ((ScoredItem item, RecommendedBook book) in expected.Items.Zip(answer.Books))
        {
            Assert.Equal(titles.Title(book.Book.Id), book.Book.Title);
            Explanation why = _recommender.ExplainToNewUser(set, item.Key);
            IEnumerable<ItemContribution> reasons = why.History.Where(part => part.Contribution > 0).Take(3);
            IEnumerable<AttributeContribution> attributes = why.ItemAttributes.Where(part => part.Contribution > 0).Take(3);
            Assert.Equal(attributes.Select(part => (part.Relation, part.Name, part.Contribution)), book.Attributes.Select(reason => (reason.Relation, reason.Name, reason.Contribution)));
            Assert.Equal(reasons.Select(part => (part.Id, part.Contribution)), book.Reasons.Select(reason => (Text(reason.Book.Id), reason.Contribution)));
        }
        Assert.Contains(answer.Books, book => book.Reasons.Count > 0);
        Assert.Contains(answer.Books, book => book.Attributes.Any(reason => reason.Relation is "tags" or "authors"));
    }

    [Fact]
    public async Task Who_liked_nothing_gets_what_is_popular()
    {
        RecommendationAnswer answer = await _server.RecommendAsync();
        Assert.Equal(RecommendationSource.Popularity, answer.Source);
        Assert.All(answer.Books, book => Assert.True(book.Reasons.Count == 0 && book.Attributes.Count == 0));
        Assert.Equal((await _server.GetAsync<Book[]>("api/books")).Select(book => book.Id), answer.Books.Select(book => book.Book.Id));
    }

    [Fact]
    public async Task A_search_finds_every_word_in_title_or_authors_in_any_case()
    {
        Book book = (await _server.GetAsync<Book[]>("api/books?count=1"))[0];
        string title = book.Title.Split(' ')[^1].ToUpperInvariant(), author = book.Authors.Split(' ')[0].ToLowerInvariant();
        Book[] found = await _server.GetAsync<Book[]>($"api/books?count=100&q={Uri.EscapeDataString($" {author}  {title} ")}");
        Assert.Contains(book, found);
        Assert.All(found, one => Assert.All([title, author], word => Assert.Contains(word, $"{one.Title} {one.Authors}", StringComparison.OrdinalIgnoreCase)));
        Assert.Empty(await _server.GetAsync<Book[]>("api/books?q=qqqq"));
    }

    [Fact]
    public async Task A_book_has_its_similar_books()
    {
        Assert.Equal(GoodBooksFiles.ReadBooks(samples.Books).Title(5), (await _server.GetAsync<Book>("api/books/5")).Title);
        ScoredBook[] similar = await _server.GetAsync<ScoredBook[]>("api/books/5/similar?count=7");
        Assert.Equal(_recommender.SimilarItems(5, new RecommendationOptions { Count = 7 }).Select(item => (item.Id, item.Score)), similar.Select(book => (Text(book.Book.Id), book.Score)));
    }

    [Fact]
    public async Task A_known_reader_gets_recommendations_and_the_reasons_are_of_the_readers_books()
    {
        int[] readers = await _server.GetAsync<int[]>("api/readers?offset=10&count=5");
        Assert.Equal(Enumerable.Range(11, 5).Select(key => _recommender.GetUserId(new Key((uint)key))), readers.Select(Text));
        ReaderAnswer answer = await _server.GetAsync<ReaderAnswer>($"api/readers/{readers[2]}/recommendations?count=4");
        Assert.Equal(_recommender.Recommend(readers[2], new RecommendationOptions { Count = 4 }).Items.Select(item => (item.Id, (float?)item.Score)), answer.Books.Select(book => (Text(book.Book.Id), book.Score)));
        HashSet<Book> liked = [.. answer.Liked];
        Assert.True(liked.Count >= 5);
        Assert.All(answer.Books, book => Assert.DoesNotContain(book.Book, liked));
        Assert.All(answer.Books.SelectMany(book => book.Reasons), reason => Assert.Contains(reason.Book, liked));
        Assert.Empty(await _server.GetAsync<int[]>("api/readers?offset=2147483647&count=100"));
    }

    [Fact]
    public async Task Pooled_prediction_engines_give_many_callers_the_scores_of_the_recommendations()
    {
        int reader = (await _server.GetAsync<int[]>("api/readers?count=1"))[0];
        ReaderAnswer expected = await _server.GetAsync<ReaderAnswer>($"api/readers/{reader}/recommendations");
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (n, _) =>
        {
            RecommendedBook book = expected.Books[n % expected.Books.Count];
            ScoreAnswer answer = await _server.GetAsync<ScoreAnswer>($"api/readers/{reader}/books/{book.Book.Id}/score");
            Assert.Equal(book.Score!.Value, answer.Score!.Value, 1e-5f);
        });
    }

    [Theory]
    [InlineData("api/books/999999", 404, "999999")]
    [InlineData("api/books/999999/similar", 404, "999999")]
    [InlineData("api/readers/999999/recommendations", 404, "999999")]
    [InlineData("api/readers/999999/books/5/score", 404, "999999")]
    [InlineData("api/books/abc", 404, "Expected a path of the page or of /openapi/v1.json, found '/api/books/abc'.")]
    [InlineData("api/nothing", 404, "found '/api/nothing'.")]
    [InlineData("openapi/v2.json", 404, "found '/openapi/v2.json'.")]
    [InlineData("api/books?count=0", 400, "count: expected a whole number from 1 to 100")]
    [InlineData("api/books?count=101", 400, "count: expected a whole number from 1 to 100")]
    [InlineData("api/books?count=many", 400, "count: expected a whole number, found 'many'.")]
    [InlineData("api/books?count=", 400, "count: expected a whole number, found ''.")]
    [InlineData("api/books?count=1&count=2", 400, "count: expected a whole number, found '1,2'.")]
    [InlineData("api/readers?offset=99999999999", 400, "offset: expected a whole number, found '99999999999'.")]
    [InlineData("api/readers?offset=-1", 400, "offset: expected a whole number from 0 to")]
    [InlineData("api/recommendations", 405, "Expected POST, found GET.")]
    public async Task A_bad_question_gets_problem_details(string path, int status, string reason)
    {
        using HttpResponseMessage answer = await _server.Client.GetAsync(new Uri(path, UriKind.Relative), Token);
        await AssertProblem(answer, status, reason);
    }

    [Fact]
    public async Task A_search_text_has_a_greatest_length()
    {
        using HttpResponseMessage answer = await _server.Client.GetAsync(new Uri($"api/books?q={new string('a', 101)}", UriKind.Relative), Token);
        await AssertProblem(answer, 400, "q: expected at most 100 characters, found more.");
    }

    [Theory]
    [InlineData("", 400, "Expected a whole body of JSON such as")]
    [InlineData("null", 400, "Expected a whole body of JSON such as")]
    [InlineData("{", 400, "Expected JSON such as")]
    [InlineData("{}", 400, "liked")]
    [InlineData("""{"liked":null}""", 400, "Liked: expected a list of book_id")]
    [InlineData("""{"liked":[1,"2"]}""", 400, "$.liked[1]")]
    [InlineData("""{"liked":[1.5]}""", 400, "$.liked[0]")]
    [InlineData("""{"liked":[3000000000]}""", 400, "$.liked[0]")]
    [InlineData("""{"liked":[1],"count":0}""", 400, "Count: expected a whole number from 1 to 100")]
    [InlineData("""{"liked":[1e400]}""", 400, "$.liked[0]")]
    [InlineData("""{"\\ud800":1}""", 400, "Expected JSON such as")]
    [InlineData("""{"liked":[1]}x""", 400, "Expected JSON such as")]
    [InlineData("""{"liked":[1],"cuont":3}""", 400, "cuont")]
    public async Task A_bad_list_gets_problem_details(string json, int status, string reason) => await AssertProblem(await PostAsync(json), status, reason);

    [Fact]
    public async Task Nested_and_undecodable_bodies_get_problem_details()
    {
        await AssertProblem(await PostAsync(new string('[', 10_000)), 400, "Expected JSON such as");
        foreach (byte[] bytes in (byte[][])[[0xFF, 0xFE, (byte)'{', (byte)'}'], [.. "{\"liked"u8, 0xFF, .. "\":[1]}"u8]])
        {
            using ByteArrayContent content = new(bytes);
            content.Headers.ContentType = new("application/json");
            await AssertProblem(await _server.Client.PostAsync(new Uri("api/recommendations", UriKind.Relative), content, Token), 400, "Expected JSON such as");
        }
    }

    [Theory]
    [InlineData("application/json; charset=bogus")]
    [InlineData("application/json; charset=\"not a charset\"")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("text/plain")]
    [InlineData("application/json;;=")]
    [InlineData("")]
    public async Task A_body_that_is_no_json_in_utf8_gets_415(string type)
    {
        using HttpResponseMessage answer = await PostAsync("""{"liked":[1]}""", type);
        await AssertProblem(answer, 415, "Expected a body of application/json in UTF-8, found Content-Type '");
        Assert.Equal(0, _server.Log.Count("Error: "));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json; charset=")]
    public async Task A_body_of_json_in_utf8_is_read(string type)
    {
        using HttpResponseMessage answer = await PostAsync("""{"liked":[1]}""", type);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>The framework's own writer falls silent, or fails, where a client asks for something else than JSON.</summary>
    [Theory]
    [InlineData("text/html")]
    [InlineData("image/png")]
    [InlineData("application/json; q=0")]
    public async Task Problem_details_go_to_every_client(string accept)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri("api/recommendations", UriKind.Relative)) { Content = new StringContent("{", Encoding.UTF8, "application/json") };
        request.Headers.Add("Accept", accept);
        await AssertProblem(await _server.Client.SendAsync(request, Token), 400, "Expected JSON such as");
        Assert.Equal(0, _server.Log.Count("Error: "));
    }

    [Fact]
    public async Task Other_methods_get_405_or_404()
    {
        foreach (string method in (string[])["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "BOGUS"])
        {
            foreach ((string path, HttpStatusCode status) in ((string, HttpStatusCode)[])[("api/books", HttpStatusCode.MethodNotAllowed), ("api/nothing", HttpStatusCode.NotFound)])
            {
                using HttpRequestMessage request = new(new HttpMethod(method), new Uri(path, UriKind.Relative));
                using HttpResponseMessage answer = await _server.Client.SendAsync(request, Token);
                Assert.Equal(status, answer.StatusCode);
                Assert.Equal(status == HttpStatusCode.MethodNotAllowed ? ["GET"] : [], answer.Content.Headers.Allow);
            }
        }
    }

    [Fact]
    public async Task Lists_and_bodies_have_a_greatest_length()
    {
        await AssertProblem(await PostAsync($$"""{"liked":[{{string.Join(',', Enumerable.Range(1, 201))}}]}"""), 400, "Liked: expected at most 200 books, found more.");
        Assert.Equal(HttpStatusCode.OK, (await PostAsync($$"""{"liked":[{{string.Join(',', Enumerable.Range(1, 200))}}]}""")).StatusCode);
        await AssertProblem(await PostAsync($$"""{"liked":[1{{new string(' ', 20_000)}}]}"""), 413, "Expected a body of at most 16384 bytes");
    }

    [Fact]
    public async Task Health_and_metrics_tell_of_the_model_and_the_requests()
    {
        Assert.Equal(new HealthAnswer("healthy", 1), await _server.GetAsync<HealthAnswer>("health"));
        ModelAnswer model = await _server.ModelAsync();
        Assert.Equal((1, _recommender.UserCount, _recommender.ItemCount), (model.Version, model.Readers, model.Books));
        await _server.RecommendAsync(3);
        // A duration is counted after its answer has gone out.
        await RunningServer.UntilAsync(async () => (await MetricsAsync()).Contains("http_request_duration_seconds_count{route=\"/api/recommendations\",status=\"200\"} 1\n", StringComparison.Ordinal), "a counted request");
        string[] lines = (await MetricsAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("recommender_models_loaded_total 1", lines);
        Assert.Contains("recommender_models_refused_total 0", lines);
        Assert.Contains($"recommender_model_books {_recommender.ItemCount}", lines);
        Assert.Contains("http_request_duration_seconds_bucket{route=\"/api/recommendations\",status=\"200\",le=\"+Inf\"} 1", lines);
        Assert.All(lines, line => Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ \S.*|[a-z_]+(\{[^{}]*\})? [-+0-9.eE]+)$", line));
    }

    [Fact]
    public async Task The_document_has_every_route_and_no_other()
    {
        using JsonDocument document = JsonDocument.Parse(await _server.Client.GetStringAsync(new Uri("openapi/v1.json", UriKind.Relative), Token));
        IEnumerable<string> described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));
        IEnumerable<string> routed = _server.Application.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => !endpoint.RoutePattern.RawText!.StartsWith("/openapi", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!.Replace(":int", "", StringComparison.Ordinal)}"));
        Assert.Equal(routed.Order(), described.Order());
        Assert.Equal(10, described.Count());
        JsonElement request = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(nameof(RecommendationRequest)).GetProperty("properties");
        Assert.Equal(Limits.MaximumLiked, request.GetProperty("liked").GetProperty("maxItems").GetInt32());
        Assert.Equal(Limits.MaximumCount, request.GetProperty("count").GetProperty("maximum").GetInt32());
        Assert.Equal("integer", request.GetProperty("count").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Too_many_requests_of_an_address_get_429_and_health_none()
    {
        await using RunningServer limited = await RunningServer.StartAsync(samples, samples.First, requestsPerSecond: 3);
        HttpResponseMessage? refused = null;
        // A window may end between requests, but not between as many as these.
        for (int n = 0; n < 1000 && refused is null; n++)
        {
            HttpResponseMessage answer = await limited.Client.GetAsync(new Uri("api/model", UriKind.Relative), Token);
            refused = answer.StatusCode == HttpStatusCode.TooManyRequests ? answer : null;
        }
        Assert.NotNull(refused);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        await AssertProblem(refused, 429, "Expected at most 3 requests a second");
        for (int n = 0; n < 20; n++)
            Assert.Equal(1, (await limited.GetAsync<HealthAnswer>("health")).ModelVersion);
    }

    private async Task<HttpResponseMessage> PostAsync(string json, string type = "application/json; charset=utf-8")
    {
        using StringContent content = new(json);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return await _server.Client.PostAsync(new Uri("api/recommendations", UriKind.Relative), content, Token);
    }

    private Task<string> MetricsAsync() => _server.Client.GetStringAsync(new Uri("metrics", UriKind.Relative), Token);

    private static async Task AssertProblem(HttpResponseMessage answer, int status, string reason)
    {
        string text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True((int)answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using JsonDocument problem = JsonDocument.Parse(text);
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        // Unescaped, to be compared.
        Assert.Contains(reason, JsonSerializer.Serialize(problem, Readable), StringComparison.OrdinalIgnoreCase);
    }

    private static JsonSerializerOptions Readable { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);
}
