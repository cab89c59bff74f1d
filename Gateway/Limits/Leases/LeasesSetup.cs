using Npgsql;

namespace Zakenak.Gateway.Limits.Leases;

internal static class LeasesSetup
{
    /// <summary>With the connection string of a database, replicas share the limits; without one, each has them to itself.</summary>
    public static void AddLeases(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(s => new LimitLeases(
            Database.Database.IsConfigured(s.GetRequiredService<IConfiguration>()) ? new LeaseStore(s.GetRequiredService<NpgsqlDataSource>()) : null,
            s.GetRequiredService<Func<LimitsOptions>>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<LimitLeases>>()));
        builder.Services.AddHostedService(s => s.GetRequiredService<LimitLeases>());
    }
}
