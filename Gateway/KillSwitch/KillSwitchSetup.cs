using Microsoft.Extensions.Options;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.KillSwitch;

internal static class KillSwitchSetup
{
    public static void AddKillSwitch(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<KillSwitchOptions>(KillSwitchOptions.Section);
        builder.Services.AddSingleton(s =>
        {
            var options = s.GetRequiredService<IOptions<KillSwitchOptions>>().Value;
            return new SharedState<KillSet>("The kill switch", StateStores.Open(s, "kills", options.File, options.ReloadInterval), new KillFormat(),
                s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<KillCheck>>());
        });
        builder.Services.AddSingleton<KillCheck>();
        builder.Services.AddInstruments<KillMetrics>();
        builder.Services.AddSingleton<RunningAnswers>();
        builder.Services.AddSingleton<KillEndpoints>();
        builder.Services.AddHostedService(s =>
        {
            // They hear of its first state too.
            s.GetRequiredService<RunningAnswers>();
            return s.GetRequiredService<SharedState<KillSet>>();
        });
        builder.Services.AddHealthChecks().AddCheck<KillSwitchHealth>("kill-switch");
    }

    /// <summary>Refuses what is stopped, right after it is known who asks.</summary>
    public static void UseKillSwitch(this IApplicationBuilder app)
    {
        var check = app.ApplicationServices.GetRequiredService<KillCheck>();
        app.Use(next => context =>
            check.Refuse(context.Inference().Client!) is { } refusal ? context.RefuseAsync(refusal) : next(context));
    }

    public static void MapKills(this IEndpointRouteBuilder admin)
    {
        var endpoints = admin.ServiceProvider.GetRequiredService<KillEndpoints>();
        admin.MapGet("/kills", endpoints.ListAsync);
        admin.MapPost("/kills", endpoints.AddAsync);
        admin.MapDelete("/kills", endpoints.RemoveAsync);
    }
}
