using EmbeddedHost.Orchestration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EmbeddedHost.Dashboard;

/// <summary>The resources as JSON, once or as a stream, and what can be done to them.</summary>
internal static class ResourcesApi
{
    // A suite that starts changes many times a second; a person does not read so fast.
    private static readonly TimeSpan _shortestInterval = TimeSpan.FromMilliseconds(100);

    public static void Map(IEndpointRouteBuilder app, DashboardAccess access, Orchestrator orchestrator)
    {
        app.MapGet("/api/resources", context => access.IsLoggedIn(context)
            ? context.Response.WriteAsJsonAsync(View(orchestrator), context.RequestAborted)
            : RequestGuard.Refuse(context, StatusCodes.Status401Unauthorized, "Log in first."));

        app.MapGet("/api/resources/events", context => access.IsLoggedIn(context)
            ? StreamAsync(context, orchestrator)
            : RequestGuard.Refuse(context, StatusCodes.Status401Unauthorized, "Log in first."));

        app.MapPost("/api/resources/{name}/{command}", context => Command(context, access, orchestrator));
    }

    private static ResourceView[] View(Orchestrator orchestrator) => orchestrator.Runners.Select(ResourceView.Of).ToArray();

    private static async Task StreamAsync(HttpContext context, Orchestrator orchestrator)
    {
        var stream = EventStream.Begin(context);
        try
        {
            while (true)
            {
                var next = orchestrator.Changes.Next;
                await stream.SendAsync(View(orchestrator)).ConfigureAwait(false);
                await Task.Delay(_shortestInterval, context.RequestAborted).ConfigureAwait(false);
                while (!await stream.WaitAsync(next).ConfigureAwait(false))
                {
                    // Nothing changed: the page was told that we are still here.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
    }

    private static Task Command(HttpContext context, DashboardAccess access, Orchestrator orchestrator)
    {
        if (!access.IsLoggedIn(context))
            return RequestGuard.Refuse(context, StatusCodes.Status401Unauthorized, "Log in first.");
        if (!RequestGuard.HasChangeHeader(context.Request))
            return RequestGuard.Refuse(context, StatusCodes.Status403Forbidden, $"A change needs the header {RequestGuard.ChangeHeader}: 1.");
        if (orchestrator.Find((string)context.Request.RouteValues["name"]!) is not { } runner)
            return RequestGuard.Refuse(context, StatusCodes.Status404NotFound, "There is no such resource.");

        Action<Replica>? command = (string)context.Request.RouteValues["command"]! switch
        {
            "start" => replica => replica.Start(),
            "stop" => replica => replica.Stop(),
            "restart" => replica => replica.Restart(),
            _ => null,
        };
        if (command is null)
            return RequestGuard.Refuse(context, StatusCodes.Status404NotFound, "There is no such command.");

        foreach (var replica in runner.Replicas)
            command(replica);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }
}
