using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using LightGcn.Examples;
using WebRecommender.Api;

namespace WebRecommender.Load;

/// <summary>
/// Readers who ask one thing after the other: recommendations by five books (7 of 10), similar books (2 of 10), a search
/// (1 of 10). Ends by itself, by time or by number of requests.
/// </summary>
internal static class LoadRun
{
    private const int MaximumRequests = 2_000_000, ListLength = 5;

    /// <param name="address">A server, absolute.</param>
    /// <param name="time">How long.</param>
    /// <param name="connections">Readers at a time, at least 1.</param>
    /// <param name="cancellationToken">Ends the load.</param>
    /// <exception cref="HttpRequestException">No server is there, or it refuses.</exception>
    /// <exception cref="InvalidDataException">What is there is another server.</exception>
    public static async Task<LoadReport> RunAsync(Uri address, TimeSpan time, int connections, CancellationToken cancellationToken = default)
    {
        using HttpClient client = new() { BaseAddress = address };
        Book[] books = await ReadBooksAsync(client, cancellationToken);

        ConcurrentBag<string> failures = [];
        ConcurrentDictionary<int, bool> models = [];
        Stopwatch clock = Stopwatch.StartNew();
        double[][] times = await Task.WhenAll(Enumerable.Range(0, connections).Select(reader => Task.Run(
            () => ReadAsync(client, books, new Random(reader), MaximumRequests / connections, () => clock.Elapsed < time, failures, models, cancellationToken), cancellationToken)));
        return new LoadReport(clock.Elapsed, [.. times.SelectMany(part => part).Order()], [.. failures], [.. models.Keys.Order()]);
    }

    private static async Task<Book[]> ReadBooksAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetFromJsonAsync<Book[]>(new Uri($"api/books?count={Limits.MaximumCount}", UriKind.Relative), cancellationToken) is { Length: > 0 } books
                ? books
                : throw new InvalidDataException("It has no books.");
        }
        catch (Exception error) when (error is not HttpRequestException && IsFailure(error, cancellationToken))
        {
            throw new InvalidDataException("What is there does not answer with books.", error);
        }
    }

    /// <summary>Whether a request failed: no answer, one that is no JSON, or none in time.</summary>
    private static bool IsFailure(Exception error, CancellationToken cancellationToken) =>
        error is HttpRequestException or JsonException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static async Task<double[]> ReadAsync(
        HttpClient client, Book[] books, Random random, int most, Func<bool> goesOn, ConcurrentBag<string> failures, ConcurrentDictionary<int, bool> models, CancellationToken cancellationToken)
    {
        List<double> times = [];
        while (times.Count < most && goesOn())
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                using HttpResponseMessage answer = await AskAsync(client, books, random, cancellationToken);
                if (!answer.IsSuccessStatusCode)
                    failures.Add(string.Create(CultureInfo.InvariantCulture, $"status {(int)answer.StatusCode} of {answer.RequestMessage!.RequestUri}"));
                else if (answer.RequestMessage!.Method == HttpMethod.Post)
                    models.TryAdd(await VersionAsync(answer, cancellationToken), true);
            }
            catch (Exception error) when (IsFailure(error, cancellationToken))
            {
                failures.Add(error.Message);
            }
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return [.. times];
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient client, Book[] books, Random random, CancellationToken cancellationToken)
    {
        Book book = books[random.Next(books.Length)];
        return random.Next(10) switch
        {
            < 7 => client.PostAsJsonAsync(new Uri("api/recommendations", UriKind.Relative), new RecommendationRequest { Liked = [.. Enumerable.Range(0, ListLength).Select(_ => books[random.Next(books.Length)].Id)] }, cancellationToken),
            < 9 => client.GetAsync(new Uri($"api/books/{book.Id}/similar", UriKind.Relative), cancellationToken),
            _ => client.GetAsync(new Uri($"api/books?q={Uri.EscapeDataString(book.Title[..Math.Min(ListLength, book.Title.Length)])}", UriKind.Relative), cancellationToken),
        };
    }

    private static async Task<int> VersionAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        (await answer.Content.ReadFromJsonAsync<VersionOnly>(cancellationToken))!.ModelVersion;

    private sealed record VersionOnly(int ModelVersion);
}
