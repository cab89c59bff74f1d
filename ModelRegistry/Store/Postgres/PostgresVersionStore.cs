using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>
/// Versions in PostgreSQL, shared by replicas. A change is a transaction that holds one lock over all replicas; its audit record is made just before the
/// commit. Event ids are taken under the lock, so they become visible in their order.
/// </summary>
internal sealed class PostgresVersionStore(NpgsqlDataSource database, PostgresEvents events) : IVersionStore
{
    private const long ChangeLock = 0x7a6b_7265_6702;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PostgresSchema.Tables.MigrateAsync(database, cancellationToken).ConfigureAwait(false);
            await events.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw new StartRefusedException($"The database of the connection string zakenak cannot be used: {e.Message}", inner: e);
        }
    }

    public Task<byte[]?> ReadAsync(VersionKey key, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        await using var command = database.CreateCommand("select document from registry_versions where name = $1 and version = $2");
        command.Parameters.Add(Text(key.Name));
        command.Parameters.Add(Text(key.Version));
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string document ? Encoding.UTF8.GetBytes(document) : null;
    });

    public Task<IReadOnlyList<(VersionKey Key, VersionSummary Summary)>> ListAsync(CancellationToken cancellationToken) => AskAsync(async () =>
    {
        await using var command = database.CreateCommand("select name, version, digest, stage, revoked, bytes from registry_versions");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var versions = new List<(VersionKey Key, VersionSummary Summary)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var summary = new VersionSummary(reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4), reader.GetInt64(5));
            versions.Add((VersionKey.TryMake(reader.GetString(0), summary.Version)!, summary));
        }

        return (IReadOnlyList<(VersionKey, VersionSummary)>)[.. versions.OrderBy(v => v.Key, VersionOrder.Instance)];
    });

    public async Task<ChangeResult> ChangeAsync(
        VersionKey key, Func<VersionDocument?, Decision> decide, Func<ProposedChange, Task> record, CancellationToken cancellationToken)
    {
        var result = await AskAsync(async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await LockAsync(connection, cancellationToken).ConfigureAwait(false);
            var decision = decide(await ReadAsync(connection, key, cancellationToken).ConfigureAwait(false));
            if (decision.Change is not { } change)
            {
                return new ChangeResult(decision.Unchanged, false, decision.Refusal);
            }

            var document = await WriteAsync(connection, key, change, cancellationToken).ConfigureAwait(false);
            await record(change).ConfigureAwait(false);

            // From here on the change happens, whether or not its client waits.
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return new ChangeResult(document, true, null);
        }).ConfigureAwait(false);
        if (result.Changed)
        {
            events.Wake();
        }

        return result;
    }

    public Task<IReadOnlySet<string>> FindChangesAsync(IReadOnlyCollection<string> changes, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        // Under the lock: a commit whose answer was lost may still be on its way.
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("select change from registry_changes where change = any($1)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = changes.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(reader.GetString(0));
        }

        return (IReadOnlySet<string>)found;
    });

    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            command.CommandTimeout = 5;
            await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (NpgsqlException)
        {
            return "the database does not answer";
        }
    }

    /// <summary>One change at a time. A replica that hangs in the middle of one loses its transaction, and one that waits for it too long gives up.</summary>
    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"set local lock_timeout = '10s'; set local idle_in_transaction_session_timeout = '30s'; select pg_advisory_xact_lock({ChangeLock})", connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<VersionDocument?> ReadAsync(NpgsqlConnection connection, VersionKey key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select document from registry_versions where name = $1 and version = $2", connection);
        command.Parameters.Add(Text(key.Name));
        command.Parameters.Add(Text(key.Version));
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string document
            ? JsonSerializer.Deserialize(document, RegistryJson.Wire.VersionDocument)
            : null;
    }

    private static async Task<VersionDocument> WriteAsync(NpgsqlConnection connection, VersionKey key, ProposedChange change, CancellationToken cancellationToken)
    {
        await using var last = new NpgsqlCommand("select coalesce(max(id), 0) from registry_changes", connection);
        var id = (long)(await last.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! + 1;
        var document = change.WithEvent(id);
        var summary = VersionSummaries.Of(document);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(
                    """
                    insert into registry_versions (name, version, document, digest, stage, revoked, bytes) values ($1, $2, $3, $4, $5, $6, $7)
                    on conflict (name, version) do update set document = excluded.document, digest = excluded.digest, stage = excluded.stage,
                        revoked = excluded.revoked, bytes = excluded.bytes
                    """)
                {
                    Parameters =
                    {
                        Text(key.Name), Text(key.Version),
                        new() { Value = JsonSerializer.Serialize(document, RegistryJson.Wire.VersionDocument), NpgsqlDbType = NpgsqlDbType.Json },
                        Text(summary.Digest), Text(summary.Stage), new() { Value = summary.Revoked }, new() { Value = summary.Bytes },
                    },
                },
                new NpgsqlBatchCommand("insert into registry_changes (id, change, name, version, kind) values ($1, $2, $3, $4, $5)")
                {
                    Parameters = { new() { Value = id }, Text(change.Entry.Change), Text(key.Name), Text(key.Version), Text(change.Entry.Action) },
                },
                new NpgsqlBatchCommand($"select pg_notify('{PostgresEvents.Channel}', '')"), // delivered at the commit
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return document;
    }

    private static NpgsqlParameter Text(string value) => new() { Value = value };

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw new StoreUnavailableException("The database failed.", e);
        }
    }
}
