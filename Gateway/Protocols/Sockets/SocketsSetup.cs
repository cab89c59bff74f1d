using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Sockets;

internal static partial class SocketsSetup
{
    public const string Path = "/v1/ws";

    private static readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(30);

    private static readonly Refusal _noUpgrade = new(StatusCodes.Status426UpgradeRequired, "upgrade_required", "This address speaks WebSocket only.");

    private static readonly Refusal _otherOrigin = new(StatusCodes.Status403Forbidden, "cross_site_request", "Pages of this origin may not connect.");

    private static readonly Refusal _full = new(StatusCodes.Status503ServiceUnavailable, "overloaded",
        "The gateway has as many connections as it may. Try again shortly.", RetryAfterSeconds: 5);

    private static readonly Refusal _tooMany = ApiRefusals.RateLimited("This tenant has as many connections as it may. Close one.", TimeSpan.FromSeconds(5))
        with
    { Code = "concurrency_limit_exceeded" };

    public static void AddSockets(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<SocketsOptions>(SocketsOptions.Section);
        builder.Services.AddSingleton<SocketCount>();
    }

    /// <summary>
    /// <c>/v1/ws</c>: the key is asked for once to connect, and again with each request, which takes the same way as one of HTTP.
    /// </summary>
    public static void MapSockets(this WebApplication app, Action<IApplicationBuilder> identify, RequestDelegate chat)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        var pipeline = ((IEndpointRouteBuilder)app).CreateApplicationBuilder();
        pipeline.Use(next => context =>
        {
            if (context.Features.Get<IHttpUpgradeFeature>() is { } upgrade)
                context.Features.Set<IHttpUpgradeFeature>(new PatientUpgrade(upgrade));
            return next(context);
        });
        pipeline.UseWebSockets(new WebSocketOptions { KeepAliveInterval = _keepAlive, KeepAliveTimeout = _keepAlive });
        pipeline.Use(next => context =>
        {
            context.Features.Set(new InferenceRequest(context.GetRequestId(), api: null, time.GetTimestamp()));
            return next(context);
        });
        identify(pipeline);
        pipeline.UseScope(ClientScopes.Chat);
        pipeline.Run(Accept(app, chat));

        // CONNECT is how HTTP/2 asks for it (RFC 8441).
        app.MapMethods(Path, [HttpMethods.Get, HttpMethods.Connect], pipeline.Build());
    }

    private static RequestDelegate Accept(WebApplication app, RequestDelegate chat)
    {
        var options = app.Services.GetRequiredService<IOptions<SocketsOptions>>().Value;
        var count = app.Services.GetRequiredService<SocketCount>();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Zakenak.Gateway.Protocols.Sockets");
        return async context =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.Headers.Upgrade = "websocket";
                await context.RefuseAsync(_noUpgrade);
                return;
            }

            if (!MayConnect(context.Request, options))
            {
                await context.RefuseAsync(_otherOrigin);
                return;
            }

            var tenant = context.Inference().Client!.Tenant;
            if (count.TryEnter(tenant) is { } limit)
            {
                await context.RefuseAsync(limit == SocketLimit.Everybody ? _full : _tooMany);
                return;
            }

            try
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                Connected(logger, context.GetRequestId(), tenant);
                await using var connection = ActivatorUtilities.CreateInstance<SocketConnection>(app.Services, socket, context, chat);
                await connection.RunAsync();
                Disconnected(logger, context.GetRequestId(), connection.Requests);
            }
            finally
            {
                count.Leave(tenant);
            }
        };
    }

    /// <summary>A browser says whose page it is that connects, and no page can say otherwise.</summary>
    private static bool MayConnect(HttpRequest request, SocketsOptions options) =>
        request.Headers.Origin is not [{ } origin]
            ? request.Headers.Origin.Count == 0
            : origin == $"{request.Scheme}://{request.Host}" || options.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    [LoggerMessage(LogLevel.Information, "Connected {RequestId} of tenant {Tenant} by WebSocket.")]
    private static partial void Connected(ILogger logger, string requestId, string tenant);

    [LoggerMessage(LogLevel.Information, "Disconnected {RequestId} after {Requests} requests.")]
    private static partial void Disconnected(ILogger logger, string requestId, int requests);
}
