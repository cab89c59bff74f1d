using Zakenak.Services.Tests.Postgres;

namespace Zakenak.Services.Tests.ModelRegistry;

public sealed class PostgresRegistryTests(PostgresCluster cluster) : RegistrySuite, IClassFixture<PostgresCluster>
{
    private string? _database;

    private protected override async Task<Dictionary<string, string?>> SettingsAsync() =>
        new() { ["ConnectionStrings:zakenak"] = _database ??= await cluster.CreateDatabaseAsync() };
}
