using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing.Replicas;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Routing;

internal static class RoutingSetup
{
    public static void AddModelRouting(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ModelServersOptions>(ModelServersOptions.Section);
        builder.Services.AddLiveOptions<RoutingOptions>(RoutingOptions.Section);
        builder.Services.AddSingleton<ModelServers>();
        builder.Services.AddSingleton<ModelCatalogue>();
        builder.Services.AddSingleton<ResolveName>(Dns.GetHostAddressesAsync);
        builder.Services.AddHostedService<ReplicaDiscovery>();
        builder.Services.AddHostedService<ModelServerPoller>();
        AddReplicaChoice(builder.Services);
        builder.Services.AddSingleton<RequestRouting>();
        builder.Services.AddHealthChecks().AddCheck<ModelServersHealth>("models");
    }

    /// <summary>All policies, and who asks them.</summary>
    public static void AddReplicaChoice(IServiceCollection services)
    {
        services.AddSingleton<IReplicaPolicy, Balanced>();
        services.AddSingleton<IReplicaPolicy>(new LeastLoaded(PolicyName.LeastLoaded));
        services.AddSingleton<IReplicaPolicy>(new LeastLoaded(PolicyName.QualityFirst));
        services.AddSingleton<IReplicaPolicy, PrefixAffinity>();
        services.AddSingleton<IReplicaPolicy, RoundRobin>();
        services.AddSingleton<IReplicaPolicy, RandomReplica>();
        services.AddSingleton<IReplicaPolicy, CostAware>();
        services.AddSingleton<ReplicaChooser>();
    }

    /// <summary>Finds the version that was asked for and the replicas that serve it.</summary>
    public static void UseModelRouting(this IApplicationBuilder app)
    {
        var routing = app.ApplicationServices.GetRequiredService<RequestRouting>();
        app.Use(next => context => routing.RouteAsync(context, next));
    }

    /// <summary>Answers <c>GET /v1/models</c> and <c>GET /v1/models/{id}</c> with what the client may use.</summary>
    public static void RunModelList(this IApplicationBuilder app)
    {
        var catalogue = app.ApplicationServices.GetRequiredService<ModelCatalogue>();
        app.Run(context =>
        {
            var client = context.Inference().Client!;
            var allowed = catalogue.Models.Where(m => client.MayUse(m.Name, m.Id));
            if (context.Features.GetRequiredFeature<IRouteValuesFeature>().RouteValues["id"] is not string id)
                return WriteAsync(context, ModelList.Write(allowed));
            var model = catalogue.Find(id)?.Routes[0].Model;
            return model is not null && client.MayUse(model.Name, model.Id)
                ? WriteAsync(context, ModelList.Write(model))
                : context.RefuseAsync(ApiRefusals.ModelNotFound(id));
        });
    }

    private static Task WriteAsync(HttpContext context, byte[] json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }
}
