using Npgsql;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Limits.Leases;

/// <summary>The tables, and how they came to be what they are. Each step is applied once, by whichever replica starts first.</summary>
internal static class LeaseSchema
{
    // This database's own: "zklim" and a number.
    private const long MigrationLock = 0x7a6b_6c69_6d01;

    private static readonly string[] _steps =
    [
        """
        create table limit_replicas (
            id uuid primary key,
            alive_until timestamptz not null,
            reclaimed_at timestamptz not null);
        create table limit_slices (
            budget text not null,
            replica uuid not null references limit_replicas on delete cascade,
            amount bigint not null check (amount >= 0),
            wanted bigint not null check (wanted >= 0),
            primary key (budget, replica));
        create index on limit_slices (replica);
        """,
        """
        create sequence limit_beats;
        delete from limit_replicas;
        alter table limit_replicas drop column alive_until, drop column reclaimed_at,
            add column beat bigint not null, add column kept_ms bigint not null;
        """,
    ];

    /// <exception cref="StartRefusedException">A newer gateway made these tables.</exception>
    public static async Task MigrateAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync($"select pg_advisory_xact_lock({MigrationLock})");
        await ExecuteAsync("create table if not exists limit_schema (step integer primary key, applied_at timestamptz not null default now())");
        await using var command = new NpgsqlCommand("select coalesce(max(step), 0) from limit_schema", connection);
        var applied = (int)(await command.ExecuteScalarAsync(cancellation))!;
        if (applied > _steps.Length)
            throw new StartRefusedException($"The database has tables of a newer gateway (step {applied}, this one knows {_steps.Length}). Start the newer one.");
        for (var step = applied + 1; step <= _steps.Length; step++)
        {
            await ExecuteAsync(_steps[step - 1]);
            await ExecuteAsync($"insert into limit_schema (step) values ({step})");
        }

        await transaction.CommitAsync(cancellation);

        async Task ExecuteAsync(string sql)
        {
#pragma warning disable CA2100 // Only our own constants and numbers.
            await using var statement = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await statement.ExecuteNonQueryAsync(cancellation);
        }
    }
}
