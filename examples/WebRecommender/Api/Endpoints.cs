using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LightGcn.Examples;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.ML.LightGcn;
using WebRecommender.Metrics;
using WebRecommender.Models;

namespace WebRecommender.Api;

/// <summary>The JSON endpoints. Each takes the model that serves once, as a service of its request, so an answer comes from one model.</summary>
internal static class Endpoints
{
    private const int ReasonCount = 3;

    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder api = routes.MapGroup("/api").WithTags("Recommendations").ProducesProblem(StatusCodes.Status429TooManyRequests);
        api.MapGet("/books", SearchBooks).WithSummary("Finds books by words of their title or authors; most read first.").ProducesValidationProblem();
        api.MapGet("/books/{bookId:int}", GetBook).WithSummary("A book.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/books/{bookId:int}/similar", GetSimilarBooks).WithSummary("Books that are like a book.").ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPost("/recommendations", Recommend).WithSummary("Recommends books to a new reader by what the reader liked, with reasons; without training.").ProducesValidationProblem();
        api.MapGet("/readers", GetReaders).WithSummary("Ids of readers that the model knows.").ProducesValidationProblem();
        api.MapGet("/readers/{readerId:int}/recommendations", RecommendToReader).WithSummary("Recommends books to a known reader, with reasons.").ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/readers/{readerId:int}/books/{bookId:int}/score", GetScore).WithSummary("The score of a reader and a book, by a pooled PredictionEngine.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/model", GetModel).WithSummary("The model that serves.");
        // Probes and scrapers come at their own pace.
        RouteGroupBuilder operations = routes.MapGroup("").WithTags("Operations").DisableRateLimiting();
        operations.MapGet("/health", GetHealth).WithSummary("Whether the server serves.");
        operations.MapGet("/metrics", GetMetrics).WithSummary("Metrics in Prometheus' text format.").Produces<string>(contentType: "text/plain");
    }

    private static IReadOnlyList<Book> SearchBooks(ServedRecommender model, [MaxLength(Limits.MaximumSearchLength, ErrorMessage = "expected at most {1} characters, found more.")] string q = "", [Range(1, Limits.MaximumCount, ErrorMessage = Limits.RangeMessage)] int count = 10) =>
        model.Books().Search(q, count);

    private static Results<Ok<Book>, ProblemHttpResult> GetBook(ServedRecommender model, int bookId) =>
        model.Books().Find(bookId) is { } book ? TypedResults.Ok(book) : UnknownBook(bookId);

    private static Results<Ok<IReadOnlyList<ScoredBook>>, ProblemHttpResult> GetSimilarBooks(ServedRecommender model, int bookId, [Range(1, Limits.MaximumCount, ErrorMessage = Limits.RangeMessage)] int count = 10)
    {
        if (model.Books().Find(bookId) is null)
            return UnknownBook(bookId);
        return TypedResults.Ok<IReadOnlyList<ScoredBook>>(
            [.. model.Recommender.SimilarItems(bookId, new RecommendationOptions { Count = count }).Select(item => new ScoredBook(model.Books()[item.Id], item.Score))]);
    }

    private static RecommendationAnswer Recommend(ServedRecommender model, RecommendationRequest request)
    {
        ItemSet liked = model.Recommender.GetItems(request.Liked);
        Recommendations found = model.Recommender.RecommendToNewUser(liked, new RecommendationOptions { Count = request.Count });
        return new RecommendationAnswer(
            model.Version,
            found.Source,
            [.. found.Items.Select(item => ToBook(model, item, found.Source == RecommendationSource.FoldIn ? model.Recommender.ExplainToNewUser(liked, item.Key) : null))],
            [.. found.UnusedItemIds.Select(id => int.Parse(id, CultureInfo.InvariantCulture))]);
    }

    private static IReadOnlyList<int> GetReaders(ServedRecommender model, [Range(0, int.MaxValue, ErrorMessage = Limits.RangeMessage)] int offset = 0, [Range(1, Limits.MaximumCount, ErrorMessage = Limits.RangeMessage)] int count = 20)
    {
        Recommender recommender = model.Recommender;
        int end = (int)Math.Min((long)offset + count, recommender.UserCount);
        return [.. Enumerable.Range(offset, Math.Max(0, end - offset)).Select(user => int.Parse(recommender.GetUserId(new Key((uint)user + 1)), CultureInfo.InvariantCulture))];
    }

    private static Results<Ok<ReaderAnswer>, ProblemHttpResult> RecommendToReader(ServedRecommender model, int readerId, [Range(1, Limits.MaximumCount, ErrorMessage = Limits.RangeMessage)] int count = 10)
    {
        if (!model.Recommender.TryGetUserKey(readerId, out Key reader))
            return UnknownReader(readerId);
        Recommendations found = model.Recommender.Recommend(reader, new RecommendationOptions { Count = count });
        // The terms of any score have the whole history.
        IEnumerable<Book> liked = model.Recommender.Explain(reader, new Key(1)).History.Select(item => model.Books()[item.Id]);
        return TypedResults.Ok(new ReaderAnswer(
            model.Version,
            readerId,
            [.. liked.OrderBy(book => book.Title, StringComparer.Ordinal)],
            [.. found.Items.Select(item => ToBook(model, item, model.Recommender.Explain(reader, item.Key)))]));
    }

    private static Results<Ok<ScoreAnswer>, ProblemHttpResult> GetScore(ServedRecommender model, int readerId, int bookId)
    {
        if (!model.Recommender.TryGetUserKey(readerId, out _))
            return UnknownReader(readerId);
        if (model.Books().Find(bookId) is null)
            return UnknownBook(bookId);
        return TypedResults.Ok(new ScoreAnswer(model.Version, readerId, bookId, Finite(model.GetState<ScoreEngines>().Score(readerId, bookId))));
    }

    private static ModelAnswer GetModel(ServedRecommender model) =>
        new(model.Version, model.LoadedAt, model.Recommender.UserCount, model.Recommender.ItemCount);

    private static async Task<HealthAnswer> GetHealth(ServedRecommender model, HealthCheckService checks, CancellationToken cancellationToken)
    {
        HealthReport report = await checks.CheckHealthAsync(cancellationToken);
        return new HealthAnswer(report.Status == HealthStatus.Healthy ? "healthy" : "degraded", model.Version);
    }

    private static ContentHttpResult GetMetrics(PrometheusText metrics) => TypedResults.Text(metrics.ToString(), PrometheusText.ContentType);

    private static RecommendedBook ToBook(ServedRecommender model, ScoredItem item, Explanation? why) => new(
        model.Books()[item.Id],
        Finite(item.Score),
        [.. (why?.History ?? []).Where(part => part.Contribution > 0).Take(ReasonCount).Select(part => new Reason(model.Books()[part.Id], part.Contribution))],
        [.. (why?.ItemAttributes ?? []).Where(part => part.Contribution > 0).Take(ReasonCount).Select(part => new AttributeReason(part.Relation, part.Name, part.Contribution))]);

    /// <summary>A score; none for NaN, which JSON has no number for.</summary>
    private static float? Finite(float score) => float.IsNaN(score) ? null : score;

    private static ProblemHttpResult UnknownBook(int bookId) => NotFound($"Expected a book of the model, found book {bookId}, which it does not know.");

    private static ProblemHttpResult UnknownReader(int readerId) => NotFound($"Expected a reader of the model, found reader {readerId}, whom it does not know.");

    private static ProblemHttpResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);
}
