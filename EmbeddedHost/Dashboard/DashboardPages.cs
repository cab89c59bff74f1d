using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EmbeddedHost.Dashboard;

/// <summary>The page itself and the way in.</summary>
internal static class DashboardPages
{
    public static void Map(IEndpointRouteBuilder app, DashboardAccess access, string applicationName)
    {
        app.MapGet("/", context => access.IsLoggedIn(context)
            ? Write(context, "text/html; charset=utf-8", Page("index.html").Replace("{{application}}", WebUtility.HtmlEncode(applicationName), StringComparison.Ordinal))
            : LoginPage(context, ""));
        app.MapGet("/app.css", context => Write(context, "text/css; charset=utf-8", Page("app.css")));
        app.MapGet("/app.js", context => Write(context, "text/javascript; charset=utf-8", Page("app.js")));
        app.MapGet("/favicon.ico", context => Write(context, "image/svg+xml", Page("icon.svg")));
        app.MapGet("/icon.svg", context => Write(context, "image/svg+xml", Page("icon.svg")));
        app.MapGet("/login", context => context.Request.Query.TryGetValue("t", out var token)
            ? LogIn(context, access, token)
            : LoginPage(context, ""));
        app.MapPost("/login", async context =>
        {
            var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false) : FormCollection.Empty;
            await LogIn(context, access, form["t"]).ConfigureAwait(false);
        });
    }

    private static Task LogIn(HttpContext context, DashboardAccess access, string? token)
    {
        if (!access.TryLogIn(context, token))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return LoginPage(context, "<p class=\"problem\" role=\"alert\">That token is not valid. It changes each time the host starts.</p>");
        }

        // Not a redirect: a SameSite=Strict cookie is not sent along one that began outside, in a mail or a terminal in the browser.
        return Write(context, "text/html; charset=utf-8", "<!doctype html><html lang=\"en\"><meta http-equiv=\"refresh\" content=\"0;url=/\"><title>Logged in</title><p><a href=\"/\">Open the dashboard</a></html>");
    }

    private static Task LoginPage(HttpContext context, string problem) =>
        Write(context, "text/html; charset=utf-8", Page("login.html").Replace("{{problem}}", problem, StringComparison.Ordinal));

    private static Task Write(HttpContext context, string contentType, string text)
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static string Page(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"EmbeddedHost.Dashboard.Page.{name}")
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
