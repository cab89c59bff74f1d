using Zakenak.Contracts;
using Zakenak.Gateway.ApiKeys;
using Zakenak.Gateway.ChatPage;
using Zakenak.Gateway.Edge;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.Gateway;

/// <summary>The edge of the suite: who asks, how much, for what, and whom we ask in turn.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ServiceProcess.RunAsync(() => Create(args));

    /// <summary>Builds the service; tests start it in their own process.</summary>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(ServiceNames.Gateway);
        builder.AddWorkloadIdentity();
        builder.AddGrantIssuer();
        builder.AddEdge();
        builder.AddRequests();
        builder.AddApiKeys();
        builder.AddLimits();
        builder.AddScreening();
        builder.AddModelRouting();
        builder.AddForwarding();
        builder.AddChatPage();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseEdge();
        app.MapServiceDefaults();
        app.MapPost("/v1/chat/completions", app.Pipeline(p => p.UseApiKeys(), Complete));
        app.MapGet("/v1/models", app.Pipeline(p => p.UseApiKeys(), ListModels));
        app.MapGet("/v1/models/{id}", app.Pipeline(p => p.UseApiKeys(), ListModels));
        app.MapChatPage(
            completions: app.Pipeline(p => p.UseChatSession(), Complete),
            models: app.Pipeline(p => p.UseChatSession(), ListModels));
        return app;
    }

    private static void Complete(IApplicationBuilder pipeline)
    {
        pipeline.UseScreening();
        pipeline.UseModelRouting();
        pipeline.RunForwarding();
    }

    private static void ListModels(IApplicationBuilder pipeline) => pipeline.RunModelList();

    /// <summary>What all requests of clients go through: recorded, identified, limited.</summary>
    private static RequestDelegate Pipeline(this IEndpointRouteBuilder app, Action<IApplicationBuilder> identify, Action<IApplicationBuilder> answer)
    {
        var pipeline = app.CreateApplicationBuilder();
        pipeline.UseRequests();
        identify(pipeline);
        pipeline.UseLimits();
        answer(pipeline);
        return pipeline.Build();
    }
}
