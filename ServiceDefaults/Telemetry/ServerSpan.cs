using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Zakenak.ServiceDefaults;

/// <summary>Names and tags the server's span by the HTTP conventions of OpenTelemetry; ASP.NET Core leaves it bare. Never the query: login tokens travel there.</summary>
internal sealed class ServerSpan : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>

            // Where nobody exports spans there is none, and nothing to await.
            context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span
                ? TagAsync(span, context, following)
                : following(context));
        next(app);
    };

    private static async Task TagAsync(Activity span, HttpContext context, RequestDelegate following)
    {
        try
        {
            await following(context).ConfigureAwait(false);
        }
        finally
        {
            Tag(span, context);
        }
    }

    private static void Tag(Activity span, HttpContext context)
    {
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("url.path", context.Request.Path.Value);
        span.SetTag("url.scheme", context.Request.Scheme);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        span.SetTag("network.protocol.version", context.Request.Protocol.StartsWith("HTTP/", StringComparison.Ordinal) ? context.Request.Protocol[5..] : null);
        span.SetTag("zakenak.caller", context.GetCaller()?.ToString());
        if (context.Response.StatusCode >= 500)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
