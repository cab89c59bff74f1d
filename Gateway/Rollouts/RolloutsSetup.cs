using Microsoft.Extensions.Options;
using Npgsql;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.State;
using Zakenak.Postgres;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Rollouts;

internal static class RolloutsSetup
{
    public static void AddRollouts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddLiveOptions<RolloutsOptions>(RolloutsOptions.Section);
        services.AddSingleton(s =>
        {
            var options = s.GetRequiredService<IOptions<RolloutsOptions>>().Value;
            return new SharedState<RolloutBook>("The state of rollouts", StateStores.Open(s, "rollouts", options.StateFile, options.ReloadInterval), new RolloutFormat(),
                s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<RolloutBook>>());
        });
        services.AddSingleton<RolloutChoice>();
        services.AddSingleton<IVersionChoice>(s => s.GetRequiredService<RolloutChoice>());
        services.AddSingleton<ISampleExchange>(s => Database.IsConfigured(s.GetRequiredService<IConfiguration>())
            ? new PostgresSamples(s.GetRequiredService<NpgsqlDataSource>())
            : new OwnSamples());
        services.AddInstruments<RolloutMetrics>();
        services.AddSingleton<RolloutCount>();
        services.AddSingleton<RolloutJournal>();
        services.AddSingleton<RolloutDesk>();
        services.AddSingleton<RolloutEndpoints>();
        services.AddSingleton<RolloutDriver>();
        services.AddSingleton<RolloutFileWatch>();
        services.AddHostedService(s =>
        {
            // It hears of the first state too.
            s.GetRequiredService<RolloutChoice>();
            return s.GetRequiredService<SharedState<RolloutBook>>();
        });
        services.AddHostedService(s => s.GetRequiredService<RolloutDriver>());
        services.AddHostedService(s => s.GetRequiredService<RolloutFileWatch>());
        builder.Services.AddHealthChecks().AddCheck<RolloutsHealth>("rollouts");
    }

    public static void MapRollouts(this IEndpointRouteBuilder admin)
    {
        var endpoints = admin.ServiceProvider.GetRequiredService<RolloutEndpoints>();
        admin.MapGet("/rollouts", endpoints.ListAsync);
        admin.MapPost("/rollouts", endpoints.StartAsync);
        admin.MapGet("/rollouts/{model}", endpoints.GetAsync);
        foreach (var (word, act) in new[]
        {
            ("advance", RolloutAct.Advance), ("promote", RolloutAct.Promote), ("pause", RolloutAct.Pause),
            ("resume", RolloutAct.Resume), ("abort", RolloutAct.Abort), ("rollback", RolloutAct.RollBack),
        })
            admin.MapPost($"/rollouts/{{model}}/{word}", endpoints.Act(act));
    }
}
