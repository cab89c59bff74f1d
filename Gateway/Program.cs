using Zakenak.Contracts;
using Zakenak.Gateway.Admin;
using Zakenak.Gateway.Audit;
using Zakenak.Gateway.ChatPage;
using Zakenak.Gateway.Edge;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.Gateway.KillSwitch;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Protocols;
using Zakenak.Gateway.Protocols.Ollama;
using Zakenak.Gateway.Protocols.Sockets;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Rollouts;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.Postgres;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.Gateway;

/// <summary>The edge of the suite: who asks, how much, for what, and whom we ask in turn.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ServiceProcess.RunAsync(args, Create);

    /// <summary>Builds the service; tests start it in their own process.</summary>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(ServiceNames.Gateway);
        builder.AddWorkloadIdentity();
        builder.AddGrantIssuer();
        builder.AddEdge();
        builder.AddAudit();
        builder.AddAdmin();
        builder.AddRequests();
        builder.AddIdentity();
        builder.AddDatabase(logged: false);
        builder.AddKillSwitch();
        builder.AddLimits();
        builder.AddScreening();
        builder.AddModelRouting();
        builder.AddRollouts();
        builder.AddResilience();
        builder.AddForwarding();
        builder.AddProtocols();
        builder.AddSockets();
        builder.AddChatPage();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseEdge();
        app.UseAudit();
        app.MapServiceDefaults();
        app.UseAuditRefusals();
        app.UseEdgeGuard();
        app.MapAdmin(admin =>
        {
            admin.MapApiKeys();
            admin.MapKills();
            admin.MapRollouts();
        });
        foreach (var route in ApiRoute.All)
            app.MapPost(route.Path, app.Pipeline(p => p.UseIdentity(), route));
        app.MapGet("/v1/models", app.Pipeline(p => p.UseIdentity()));
        app.MapGet("/v1/models/{id}", app.Pipeline(p => p.UseIdentity()));
        foreach (var protocol in app.Services.GetServices<IProtocol>())
            app.MapMethods(protocol.Path, [protocol.Method], app.Pipeline(p => p.UseIdentity(), protocol.Route, protocol));
        app.MapOllamaElsewhere();
        app.MapSockets(p => p.UseIdentity(), chat: app.Pipeline(p => p.UseIdentity(), ApiRoute.Chat));
        app.MapChatPage(
            completions: app.Pipeline(p => p.UseChatSession(), ApiRoute.Chat),
            models: app.Pipeline(p => p.UseChatSession()));
        return app;
    }

    /// <summary>
    /// What all requests of clients go through: recorded, identified, limited. Then the list of models answers, or, where there is a
    /// route, the body is screened and a model server is asked. Another protocol than OpenAI's is translated on the way in and out.
    /// </summary>
    private static RequestDelegate Pipeline(
        this IEndpointRouteBuilder app, Action<IApplicationBuilder> identify, ApiRoute? route = null, IProtocol? protocol = null)
    {
        var pipeline = app.CreateApplicationBuilder();
        pipeline.UseRequests(route);
        if (protocol is not null)
            pipeline.UseProtocolAnswers(protocol);
        identify(pipeline);
        pipeline.UseKillSwitch();
        pipeline.UseScope(route?.Scope ?? ClientScopes.Models);
        pipeline.UseLimits();
        if (protocol is { WithoutBody: null })
            pipeline.UseProtocolRequests(protocol);
        if (route is null)
        {
            pipeline.RunModelList();
        }
        else
        {
            pipeline.UseScreening(route);
            pipeline.UseModelRouting();
            pipeline.UseTokenLimits(route);
            pipeline.RunForwarding();
        }

        return pipeline.Build();
    }
}
