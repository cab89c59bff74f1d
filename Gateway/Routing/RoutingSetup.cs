using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Routing;

internal static class RoutingSetup
{
    /// <summary>A model server needs about this long to come back after a crash.</summary>
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(2);

    public static void AddModelRouting(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ModelServersOptions>(ModelServersOptions.Section);
        builder.Services.AddSingleton<ModelServers>();
        builder.Services.AddSingleton<ModelCatalogue>();
        builder.Services.AddHostedService<ModelServerPoller>();
        builder.Services.AddHealthChecks().AddCheck<ModelServersHealth>("models");
    }

    /// <summary>Finds the version that was asked for and the replicas that serve it.</summary>
    public static void UseModelRouting(this IApplicationBuilder app)
    {
        var catalogue = app.ApplicationServices.GetRequiredService<ModelCatalogue>();
        var patience = app.ApplicationServices.GetRequiredService<IOptions<ModelServersOptions>>().Value.Patience;
        app.Use(next => async context =>
        {
            var request = context.Inference();
            var name = request.Body!.Fields.Model;
            var route = catalogue.Find(name) ?? await catalogue.WaitForAsync(name, patience, context.RequestAborted);
            if (route is not null && request.Client!.MayUse(route.Model.Name, route.Model.Id))
            {
                request.Route = route;
                await next(context);
                return;
            }

            await context.RefuseAsync(route is null && catalogue.MayComeBack(name)
                ? ApiRefusals.ModelUnavailable(_retryAfter)
                : ApiRefusals.ModelNotFound(name));
        });
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
            var route = catalogue.Find(id);
            return route is not null && client.MayUse(route.Model.Name, route.Model.Id)
                ? WriteAsync(context, ModelList.Write(route.Model))
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
