using Microsoft.Extensions.Primitives;

namespace Zakenak.Gateway.Edge;

/// <summary>Lets pages of the configured origins call the API (Fetch standard, "CORS protocol"). Keys are sent as headers, so no cookie is ever allowed along.</summary>
internal static class Cors
{
    private const string Exposed =
        "x-request-id, x-zakenak-model, x-zakenak-ignored-parameters, retry-after, ratelimit, ratelimit-policy, "
        + "x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, "
        + "x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

    /// <summary>Whether this is a browser's question before the real request, from an origin that may ask it.</summary>
    public static bool IsPreflight(HttpContext context, GuardOptions options) =>
        HttpMethods.IsOptions(context.Request.Method)
        && context.Request.Headers.AccessControlRequestMethod.Count == 1
        && AllowedOrigin(context, options) is not null;

    /// <summary>Answers it; which method and key are right is for the request itself.</summary>
    public static Task AnswerPreflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, POST";
        headers.AccessControlAllowHeaders = "authorization, content-type, x-zakenak-version";
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Says on the answer whose page may read it.</summary>
    public static void Answer(HttpContext context, GuardOptions options)
    {
        if (options.AllowedOrigins.Count == 0 || !IsApi(context.Request.Path))
            return;

        // Also where there is no origin: a cache must not give one page's answer to another.
        context.Response.Headers.Append("Vary", "Origin");
        if (AllowedOrigin(context, options) is not { } origin)
            return;
        context.Response.Headers.AccessControlAllowOrigin = origin;
        context.Response.Headers.AccessControlExposeHeaders = Exposed;
    }

    private static string? AllowedOrigin(HttpContext context, GuardOptions options)
    {
        if (options.AllowedOrigins.Count == 0 || context.Request.Headers.Origin is not { Count: 1 } given || !IsApi(context.Request.Path))
            return null;
        foreach (var origin in options.AllowedOrigins)
        {
            if (string.Equals(origin, given[0], StringComparison.Ordinal))
                return origin;
        }

        return null;
    }

    /// <summary>The chat page's own requests come from the page alone.</summary>
    private static bool IsApi(PathString path) =>
        path.StartsWithSegments("/v1", StringComparison.Ordinal) || path.StartsWithSegments("/api", StringComparison.Ordinal);
}
