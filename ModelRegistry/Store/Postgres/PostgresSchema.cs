using Npgsql;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>The tables, and how they came to be what they are. Each step is applied once, by whichever replica starts first.</summary>
internal static class PostgresSchema
{
    // Keys of advisory locks, this database's own: "zkreg" and a number.
    private const long MigrationLock = 0x7a6b_7265_6701;

    private static readonly string[] _steps =
    [
        """
        create table registry_versions (
            name text not null,
            version text not null,
            document json not null,
            digest text not null,
            stage text not null,
            revoked boolean not null,
            bytes bigint not null,
            primary key (name, version));
        create table registry_changes (
            id bigint primary key,
            change text not null unique,
            name text not null,
            version text not null,
            kind text not null);
        """,
    ];

    /// <exception cref="StartRefusedException">A newer registry made these tables.</exception>
    public static async Task MigrateAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync($"select pg_advisory_xact_lock({MigrationLock})").ConfigureAwait(false);
        await ExecuteAsync("create table if not exists registry_schema (step integer primary key, applied_at timestamptz not null default now())").ConfigureAwait(false);
        await using var command = new NpgsqlCommand("select coalesce(max(step), 0) from registry_schema", connection);
        var applied = (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        if (applied > _steps.Length)
        {
            throw new StartRefusedException($"The database has tables of a newer registry (step {applied}, this one knows {_steps.Length}). Start the newer one.");
        }

        for (var step = applied + 1; step <= _steps.Length; step++)
        {
            await ExecuteAsync(_steps[step - 1]).ConfigureAwait(false);
            await ExecuteAsync($"insert into registry_schema (step) values ({step})").ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);

        async Task ExecuteAsync(string sql)
        {
#pragma warning disable CA2100 // Only our own constants and numbers.
            await using var statement = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await statement.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
