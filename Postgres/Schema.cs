using Npgsql;
using Zakenak.ServiceDefaults;

namespace Zakenak.Postgres;

/// <summary>A service's tables, and how they came to be what they are. Each step is applied once, by whichever replica starts first.</summary>
/// <param name="owner">The service, for people.</param>
/// <param name="table">Which steps were applied is kept here.</param>
/// <param name="migrationLock">Key of an advisory lock of the database.</param>
/// <param name="steps">SQL, the first first; a step that was released never changes.</param>
public sealed class Schema(string owner, string table, long migrationLock, params string[] steps)
{
    /// <exception cref="StartRefusedException">A newer release made these tables.</exception>
    public async Task MigrateAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(database);
        await using var connection = await database.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await ExecuteAsync($"select pg_advisory_xact_lock({migrationLock})").ConfigureAwait(false);
        await ExecuteAsync($"create table if not exists {table} (step integer primary key, applied_at timestamptz not null default now())").ConfigureAwait(false);
        await using var command = Command($"select coalesce(max(step), 0) from {table}");
        var applied = (int)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
        if (applied > steps.Length)
        {
            throw new StartRefusedException($"The database has tables of a newer {owner} (step {applied}, this one knows {steps.Length}). Start the newer one.");
        }

        for (var step = applied + 1; step <= steps.Length; step++)
        {
            await ExecuteAsync(steps[step - 1]).ConfigureAwait(false);
            await ExecuteAsync($"insert into {table} (step) values ({step})").ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellation).ConfigureAwait(false);

        async Task ExecuteAsync(string sql)
        {
            await using var statement = Command(sql);
            await statement.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }

#pragma warning disable CA2100 // Only our own constants and numbers.
        NpgsqlCommand Command(string sql) => new(sql, connection);
#pragma warning restore CA2100
    }
}
