using Npgsql;
using Zakenak.Postgres;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Limits.Leases;

internal static class LeasesSetup
{
    /// <summary>With the connection string of a database, replicas share the limits; without one, each has them to itself.</summary>
    public static void AddLeases(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(s =>
        {
            var (options, time) = (s.GetRequiredService<Func<LimitsOptions>>(), s.GetRequiredService<TimeProvider>());
            var exchange = Database.IsConfigured(s.GetRequiredService<IConfiguration>())
                ? new LeaseExchange(new LeaseStore(s.GetRequiredService<NpgsqlDataSource>()), options, time)
                : null;
            return new LimitLeases(exchange, options, time, s.GetRequiredService<ILogger<LimitLeases>>());
        });
        builder.Services.AddHostedService(s => s.GetRequiredService<LimitLeases>());
        builder.Services.AddInstruments<LeaseMetrics>();
    }
}
