using System.Diagnostics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

internal static class EdgeSetup
{
    public static void AddEdge(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<EdgeOptions>(EdgeOptions.Section);
        builder.Services.AddLiveOptions<GuardOptions>(GuardOptions.Section);
        builder.Services.AddSingleton(new ServicePort("edge", "Listen:HttpsPort", "none"));
        builder.Services.AddSingleton<EdgeCertificate>();
        builder.Services.AddHostedService(s => s.GetRequiredService<EdgeCertificate>());
        builder.Services.AddSingleton<AddressTable>();
        builder.Services.AddSingleton<EdgeMetrics>();
        builder.Services.AddSingleton<ConnectionGate>();
        builder.Services.AddSingleton<RequestGuard>();
        builder.Services.AddSingleton<AnswerHeaders>();
        builder.Services.AddHostedService<UnreadableRequests>();
        builder.Services.AddSingleton<EdgeListeners>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(s => s.GetRequiredService<EdgeListeners>());
        builder.Services.AddSingleton<DistributedContextPropagator, EdgePropagator>();
        builder.WebHost.UseQuic();
        builder.Services.AddOpenAiErrors("/v1", "/chat", "/api");
    }

    /// <summary>
    /// Request ids are the gateway's own: one that a client chose could be another request's in the logs and in a grant. And once the gateway is about to
    /// stop, connections end with the answers on them, so that none is met by the end while it is idle.
    /// </summary>
    public static void UseEdge(this IApplicationBuilder app)
    {
        var drain = app.ApplicationServices.GetRequiredService<Drain>();
        var answers = app.ApplicationServices.GetRequiredService<AnswerHeaders>();
        app.Use(next => context =>
        {
            if (drain.HasBegun)
                context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            context.Request.Headers.Remove(HeaderNames.RequestId);
            answers.Promise(context);
            return next(context);
        });
    }

    /// <summary>Turns away what no endpoint should see, and answers browsers that ask whether they may ask. Inside of what gives ids to requests.</summary>
    public static void UseEdgeGuard(this IApplicationBuilder app)
    {
        var guard = app.ApplicationServices.GetRequiredService<RequestGuard>();
        var options = app.ApplicationServices.GetRequiredService<LiveOptions<GuardOptions>>();
        app.Use(next => context =>
            guard.Check(context) is { } refusal ? context.RefuseAsync(refusal)
            : Cors.IsPreflight(context, options.Current) ? Cors.AnswerPreflight(context)
            : next(context));
    }
}
