using Microsoft.AspNetCore.Http;

namespace EmbeddedHost.Dashboard;

/// <summary>
/// What every request must pass. The Host header keeps other names that resolve to this machine out (DNS rebinding); a change needs a
/// header that no form and no foreign script can set, and must come from the dashboard's own page.
/// </summary>
internal static class RequestGuard
{
    public const string ChangeHeader = "X-Embedded-Host";

    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";

        if (!IsOwnHost(context.Request.Host, context.Connection.LocalPort))
        {
            await Refuse(context, StatusCodes.Status421MisdirectedRequest, "This name is not the dashboard's.").ConfigureAwait(false);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && !IsFromOwnPage(context.Request))
        {
            await Refuse(context, StatusCodes.Status403Forbidden, "Changes are accepted only from the dashboard's own page.").ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    public static bool HasChangeHeader(HttpRequest request) => request.Headers[ChangeHeader] == "1";

    public static Task Refuse(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { status, detail }, (System.Text.Json.JsonSerializerOptions?)null, "application/problem+json", context.RequestAborted);
    }

    private static bool IsOwnHost(HostString host, int port) =>
        host.Port == port && host.Host is ("localhost" or "127.0.0.1" or "[::1]");

    private static bool IsFromOwnPage(HttpRequest request)
    {
        // Browsers send the first on every request and the second on every POST; a program like curl sends neither and has no cookie to abuse.
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site != "same-origin" && site != "none")
            return false;

        return !request.Headers.TryGetValue("Origin", out var origin) || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
