using Microsoft.Extensions.Options;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.ChatPage;

internal static class ChatPageSetup
{
    private static readonly Refusal _sessionOver = new(StatusCodes.Status401Unauthorized, "session_over",
        "The session is over. Open the link that was printed when Zakenak started.");

    private static readonly Refusal _crossSite = new(StatusCodes.Status403Forbidden, "cross_site_request",
        "Only the chat page itself may send this.");

    private static readonly Refusal _unknownHost = new(StatusCodes.Status421MisdirectedRequest, "unknown_host",
        "The chat page is not reached under this name. Use localhost, or add the name to ChatPage:AllowedHosts.");

    public static void AddChatPage(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ChatPageOptions>(ChatPageOptions.Section)
            .Validate<IOptions<ApiKeysOptions>>((page, keys) => string.IsNullOrEmpty(page.LoginTokenFile) || !string.IsNullOrEmpty(keys.Value.DevelopmentKeyFile),
                "ChatPage:LoginTokenFile: the chat page acts for the development key, so it needs ApiKeys:DevelopmentKeyFile.");
        builder.Services.AddSingleton<ChatSessions>();
        builder.Services.AddSingleton<SameOrigin>();
        builder.Services.AddSingleton<PageFiles>();
    }

    /// <summary>Maps the page, its login and the two requests it makes; nothing at all where no login token is configured.</summary>
    public static void MapChatPage(this WebApplication app, RequestDelegate completions, RequestDelegate models)
    {
        var options = app.Services.GetRequiredService<IOptions<ChatPageOptions>>().Value;
        if (string.IsNullOrEmpty(options.LoginTokenFile))
            return;
        var sessions = app.Services.GetRequiredService<ChatSessions>();
        var files = app.Services.GetRequiredService<PageFiles>();
        var origin = app.Services.GetRequiredService<SameOrigin>();

        Map(HttpMethods.Get, "/", context => files.SendAsync(context, sessions.IsOpen(context.Request) ? "chat.html" : "welcome.html"));
        Map(HttpMethods.Get, "/assets/{name}", context => files.SendAsync(context, Asset(context)));
        Map(HttpMethods.Get, "/login", context => LogInAsync(context, sessions, files));
        Map(HttpMethods.Get, "/chat/models", models);
        Map(HttpMethods.Post, "/chat/completions", completions);

        void Map(string method, string pattern, RequestDelegate answer) => app.MapMethods(pattern, [method],
            context => origin.IsKnownHost(context.Request) ? answer(context) : context.RefuseAsync(_unknownHost));
    }

    /// <summary>Lets pass only what the page sends under a session; it acts for the development key.</summary>
    public static void UseChatSession(this IApplicationBuilder app)
    {
        var sessions = app.ApplicationServices.GetRequiredService<ChatSessions>();
        var keys = app.ApplicationServices.GetRequiredService<ApiKeyStore>();
        Client? client = null;
        app.Use(next => context =>
        {
            if (!sessions.IsOpen(context.Request))
                return context.RefuseAsync(_sessionOver);
            if (!SameOrigin.IsOurs(context.Request))
                return context.RefuseAsync(_crossSite);
            context.Inference().Client = client ??= keys.Development! with { Kind = IdentityKind.ChatSession };
            return next(context);
        });
    }

    /// <summary>Exchanges the link's token for a cookie, and leads on to an address without it: it must not stay in the history.</summary>
    private static Task LogInAsync(HttpContext context, ChatSessions sessions, PageFiles files)
    {
        if (!sessions.IsLoginToken(context.Request.Query["token"]))
            return files.SendAsync(context, "wrong-link.html", StatusCodes.Status401Unauthorized);
        context.Response.Cookies.Append(ChatSessions.CookieName, sessions.Begin(), new CookieOptions
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = sessions.Lifetime,
            Path = "/",
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
        });
        PageHeaders.Write(context.Response.Headers);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
        return Task.CompletedTask;
    }

    /// <summary>Only parts of the page: the pages themselves have addresses of their own.</summary>
    private static string Asset(HttpContext context) =>
        context.Request.RouteValues["name"] is string name && !name.EndsWith(".html", StringComparison.Ordinal) ? name : "";
}
