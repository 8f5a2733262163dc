using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using LightGcn.Examples;
using WebRecommender.Api;
using WebRecommender.Metrics;
using WebRecommender.Models;

namespace WebRecommender;

/// <summary>Puts the server together.</summary>
internal static partial class Server
{
    /// <summary>A server with its model loaded, ready to start.</summary>
    /// <param name="settings">What to serve, where, and how much.</param>
    /// <param name="configureLogging">Where the log goes; null for the console.</param>
    /// <exception cref="InvalidDataException">The model or the books cannot be read.</exception>
    /// <exception cref="FileNotFoundException">There is no model.</exception>
    public static WebApplication Create(ServerSettings settings, Action<ILoggingBuilder>? configureLogging = null)
    {
        // The page is beside the program, wherever it is started from.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, WebRootPath = "wwwroot" });
        builder.WebHost.UseUrls(settings.Urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = settings.MaximumBodySize);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        configureLogging?.Invoke(builder.Logging);
        AddServices(builder.Services, settings);
        WebApplication server = builder.Build();
        UseRequests(server);
        // What listens to counters comes before the first model is counted.
        server.Services.GetRequiredService<PrometheusText>();
        server.Services.GetRequiredService<ModelStore>();
        return server;
    }

    private static void AddServices(IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings).AddSingleton<ServerMetrics>().AddSingleton<PrometheusText>().AddSingleton(CreateStore).AddHostedService<ModelWatcher>();
        services.AddValidation().AddOpenApi(openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Book recommendations";
            return Task.CompletedTask;
        }));
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = problem =>
        {
            // JSON that cannot be read: where, and what was expected.
            if (problem.Exception is BadHttpRequestException bad)
                problem.ProblemDetails.Detail = bad.InnerException?.Message ?? bad.Message;
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });
        // Thrown to the exception handler, which knows the reason and puts it into the answer.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = (rejected, _) =>
            {
                rejected.HttpContext.Response.Headers.RetryAfter = 1.ToString(CultureInfo.InvariantCulture);
                return ValueTask.CompletedTask;
            };
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "",
                _ => new FixedWindowRateLimiterOptions { PermitLimit = settings.RequestsPerSecond, Window = TimeSpan.FromSeconds(1) }));
        });
    }

    private static void UseRequests(WebApplication server)
    {
        // Errors get ProblemDetails; those of a client stay out of the log.
        server.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = error => error is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            SuppressDiagnosticsCallback = failed => failed.Exception is BadHttpRequestException,
        });
        server.UseStatusCodePages();
        server.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next();
        });
        server.UseDefaultFiles();
        server.UseStaticFiles();
        server.UseRouting();
        server.UseRateLimiter();
        server.MapOpenApi();
        Endpoints.Map(server);
    }

    private static ModelStore CreateStore(IServiceProvider services)
    {
        ServerSettings settings = services.GetRequiredService<ServerSettings>();
        ILogger<ModelStore> log = services.GetRequiredService<ILogger<ModelStore>>();
        string? model = settings.ModelPath, books = settings.BooksFolder;
        if (model is null)
        {
            books = settings.SampleFolder;
            model = Path.Combine(Path.GetFullPath(books), "model.zip");
            LogSample(log, model);
            SampleModel.Write(books, model, settings.Sample, settings.SampleTraining);
        }
        BookCatalog titles = books is null ? BookCatalog.Empty : GoodBooksFiles.ReadBooks(books);
        return new ModelStore(model, titles, services.GetRequiredService<ServerMetrics>(), log);
    }

    [LoggerMessage(1, LogLevel.Information, "No model given: training one on SYNTHETIC books and readers, {Path}. It takes some seconds.")]
    private static partial void LogSample(ILogger log, string path);
}
