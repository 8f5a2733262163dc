using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using LightGcn.Examples;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Primitives;
using Microsoft.ML.LightGcn;
using Microsoft.Net.Http.Headers;
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
    /// <exception cref="UserErrorException">The model or the books cannot be read; the message names the option.</exception>
    public static WebApplication Create(ServerSettings settings, Action<ILoggingBuilder>? configureLogging = null)
    {
        // The page is beside the program, wherever it is started from.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, WebRootPath = "wwwroot" });
        builder.WebHost.UseUrls(settings.Urls);
        // With certificates from the configuration (docs/serving.md).
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = settings.MaximumBodySize);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.StaticFiles", LogLevel.Error);
        // A start that fails throws; whoever starts the server says why.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        configureLogging?.Invoke(builder.Logging);
        AddServices(builder.Services, settings);
        WebApplication server = builder.Build();
        UseRequests(server);
        // What listens to counters comes before the first model is counted.
        server.Services.GetRequiredService<PrometheusText>();
        LoadModel(server.Services, settings);
        return server;
    }

    private static void AddServices(IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings).AddSingleton<PrometheusText>().AddSingleton(_ => ReadTitles(settings));
        services.AddRecommender().FromFile(ModelPath(settings), watchForChanges: true).WithBooks().Configure(options => options.PollInterval = settings.PollInterval);
        services.AddHealthChecks().AddRecommenders();
        services.AddValidation().AddOpenApi(openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Book recommendations";
            return Task.CompletedTask;
        }));
        // Around all that the web host puts in front, such as the filter of hosts.
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, AnswerFrame>());
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>().AddProblemDetails();
        services.AddHostFiltering(filter =>
        {
            filter.AllowedHosts = [.. settings.Hosts.DefaultIfEmpty("*")];
            filter.AllowEmptyHosts = settings.Hosts.Count == 0;
            filter.IncludeFailureMessage = false;
        });
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            // Without known proxies the framework believes everybody.
            forwarded.ForwardedHeaders = settings.Proxies.Count > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto : ForwardedHeaders.None;
            // As many proxies in a row as are known.
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (System.Net.IPNetwork proxy in settings.Proxies)
                forwarded.KnownIPNetworks.Add(proxy);
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
        server.UseForwardedHeaders();
        // Errors get ProblemDetails; those of a client stay out of the log.
        server.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = error => error is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            SuppressDiagnosticsCallback = failed => failed.Exception is BadHttpRequestException,
        });
        server.UseDefaultFiles();
        server.UseStaticFiles();
        server.UseRouting();
        server.UseRateLimiter();
        server.Use(RequireUtf8);
        server.MapOpenApi().AddEndpointFilter((call, next) =>
            call.HttpContext.GetRouteValue("documentName") is "v1" ? next(call) : ValueTask.FromResult<object?>(TypedResults.NotFound()));
        Endpoints.Map(server);
    }

    /// <summary>Refuses bodies that are not in UTF-8, as JSON has to be: the framework fails at charsets that it does not know.</summary>
    private static Task RequireUtf8(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is null || !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type))
            return next(context);
        StringSegment charset = HeaderUtilities.RemoveQuotes(type.Charset);
        if (charset.Length == 0 || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            // It knows neither quotes nor an empty charset.
            context.Request.ContentType = type.MediaType.ToString();
            return next(context);
        }
        context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return Task.CompletedTask;
    }

    private static string ModelPath(ServerSettings settings) => settings.ModelPath ?? Path.Combine(Path.GetFullPath(settings.SampleFolder), "model.safetensors");

    private static BookCatalog ReadTitles(ServerSettings settings)
    {
        string? books = settings.ModelPath is null ? settings.SampleFolder : settings.BooksFolder;
        return books is null ? BookCatalog.Empty : UserError.For("--data", () => GoodBooksFiles.ReadBooks(books));
    }

    /// <summary>Loads the model that the server starts with, after it was trained where none is given: whoever starts the server is told what is wrong with which option.</summary>
    private static void LoadModel(IServiceProvider services, ServerSettings settings)
    {
        if (settings.ModelPath is null)
        {
            string model = ModelPath(settings);
            LogSample(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Server)), model);
            UserError.For("Expected a folder to write the sample in, found an error", () => SampleModel.Write(settings.SampleFolder, model, settings.Sample, settings.SampleTraining));
        }
        services.GetRequiredService<BookCatalog>();
        UserError.For(
            "--model: Expected a LightGCN model with its history, from UserId and BookId as whole numbers; found an error",
            () => services.GetRequiredService<RecommenderPool>().Get());
    }

    [LoggerMessage(1, LogLevel.Information, "No model given: training one on SYNTHETIC books and readers, {Path}. It takes some seconds.")]
    private static partial void LogSample(ILogger log, string path);
}
