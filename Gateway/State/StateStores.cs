using Npgsql;
using Zakenak.Postgres;

namespace Zakenak.Gateway.State;

/// <summary>Where a document lies: in the database where one is configured, so that replicas agree; else in its file; else nowhere.</summary>
internal static class StateStores
{
    /// <param name="name">Of the row.</param>
    /// <param name="file">As configured.</param>
    /// <param name="interval">Between two looks at the file.</param>
    public static IStateStore Open(IServiceProvider services, string name, string? file, TimeSpan interval) =>
        Database.IsConfigured(services.GetRequiredService<IConfiguration>()) ? new PostgresStateStore(services.GetRequiredService<NpgsqlDataSource>(), name)
        : file is { Length: > 0 } ? new FileStateStore(Path.GetFullPath(file), interval, services.GetRequiredService<TimeProvider>())
        : new MemoryStateStore();
}
