namespace WebRecommender;

/// <summary>What every answer has, whoever in the pipeline gives it: the headers that say what a browser may do with it, and a body of an error.</summary>
internal sealed class AnswerFrame : IStartupFilter
{
    private const string ContentPolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        application.Use((context, go) =>
        {
            // Last of all: whoever handles an error clears what was set before.
            context.Response.OnStarting(() =>
            {
                IHeaderDictionary headers = context.Response.Headers;
                headers.ContentSecurityPolicy = ContentPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                return Task.CompletedTask;
            });
            return go(context);
        });
        application.UseStatusCodePages();
        next(application);
    };
}
