using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace WebRecommender.Api;

/// <summary>
/// Writes every error as ProblemDetails that say what was expected and what was found. The framework's own sentences are for whoever writes a
/// server, and its own writer leaves out clients that do not ask for JSON.
/// </summary>
internal sealed class ProblemWriter(ServerSettings settings) : IProblemDetailsWriter
{
    private const string ContentType = "application/problem+json";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        HttpContext http = context.HttpContext;
        ProblemDetails problem = context.ProblemDetails;
        int status = http.Response.StatusCode;
        problem.Status = status;
        // Without a type of its own a problem is what its status is.
        problem.Type = null;
        problem.Title = ReasonPhrases.GetReasonPhrase(status);
        problem.Detail ??= problem is HttpValidationProblemDetails invalid
            ? string.Join(' ', invalid.Errors.SelectMany(error => error.Value.Select(message => $"{error.Key}: {message}")))
            : Describe(http, status, context.Exception);
        await http.Response.WriteAsJsonAsync(problem, problem.GetType(), options: null, ContentType, http.RequestAborted);
    }

    private string? Describe(HttpContext http, int status, Exception? error)
    {
        HttpRequest request = http.Request;
        return status switch
        {
            StatusCodes.Status400BadRequest => BadRequest(http, error),
            StatusCodes.Status404NotFound => $"Expected a path of the page or of /openapi/v1.json, found '{request.Path}'.",
            StatusCodes.Status405MethodNotAllowed => $"Expected {http.Response.Headers.Allow}, found {request.Method}.",
            StatusCodes.Status408RequestTimeout => "Expected the whole request, found a client that sends it too slowly.",
            StatusCodes.Status413PayloadTooLarge => $"Expected a body of at most {settings.MaximumBodySize} bytes, found a longer one.",
            StatusCodes.Status415UnsupportedMediaType => $"Expected a body of application/json in UTF-8, found Content-Type '{request.ContentType}'.",
            StatusCodes.Status429TooManyRequests => $"Expected at most {settings.RequestsPerSecond} requests a second of one address, found more; ask again in a second.",
            StatusCodes.Status416RangeNotSatisfiable => $"Expected a range within the file, found '{request.Headers.Range}'.",
            >= StatusCodes.Status500InternalServerError => "The server failed; its log has the reason.",
            _ => null,
        };
    }

    private static string BadRequest(HttpContext http, Exception? error)
    {
        Endpoint? endpoint = http.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? http.GetEndpoint();
        if (endpoint is null)
            return $"Expected a host that this server answers to, found '{http.Request.Host}'.";
        if (error?.InnerException is JsonException json)
            return $"Expected JSON such as {RecommendationRequest.Sample}, found something else at {json.Path ?? "$"}, line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}.";
        // The error of the framework does not tell which parameter it could not read.
        foreach (IParameterBindingMetadata parameter in endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>())
        {
            if (parameter.ParameterInfo.ParameterType == typeof(int) && http.Request.Query.TryGetValue(parameter.Name, out StringValues found) && !int.TryParse(found, CultureInfo.InvariantCulture, out _))
                return $"{parameter.Name}: expected a whole number, found '{found}'.";
        }
        return $"Expected a whole body of JSON such as {RecommendationRequest.Sample}, found none, or one that ends early.";
    }
}
