using Npgsql;
using static Zakenak.Postgres.Parameter;

namespace Zakenak.Gateway.State;

/// <summary>
/// A document in a row that all replicas share. Every change is announced with NOTIFY; a lost announcement costs half a second, because the row is
/// read again that often anyway.
/// </summary>
internal sealed class PostgresStateStore(NpgsqlDataSource database, string name) : IStateStore
{
    private const string Channel = "zakenak_gateway_state";

    // This database's own: "zksta".
    private const long SchemaLock = 0x7a6b_7374_6101;

    /// <summary>With this, whatever happens to announcements, a change is in force everywhere within a second.</summary>
    private static readonly TimeSpan _longestSilence = TimeSpan.FromMilliseconds(500);

    private readonly StateTables _tables = new(database, SchemaLock,
        "create table if not exists gateway_state (name text primary key, revision bigint not null check (revision > 0), content bytea not null);");

    private NpgsqlConnection? _listening;

    public bool IsShared => true;

    public Task<StoredState> ReadAsync(CancellationToken cancellation) => _tables.UseAsync(async token =>
    {
        await using var command = database.CreateCommand("select revision, content from gateway_state where name = $1");
        command.Parameters.Add(Value(name));
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token) ? new StoredState(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : new StoredState(0, null);
    }, cancellation);

    public Task<bool> TryWriteAsync(StoredState expected, byte[] content, CancellationToken cancellation) => _tables.UseAsync(async token =>
    {
        await using var command = database.CreateCommand(
            $"""
            with written as (
                insert into gateway_state (name, revision, content) select $1, 1, $3 where $2 = 0
                on conflict (name) do nothing returning name),
            replaced as (
                update gateway_state set revision = revision + 1, content = $3 where name = $1 and revision = $2 and $2 > 0 returning name),
            changed as (select name from written union all select name from replaced)
            select name, pg_notify('{Channel}', name) from changed
            """);
        command.Parameters.Add(Value(name));
        command.Parameters.Add(Value(expected.Revision));
        command.Parameters.Add(Value(content));
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token);
    }, cancellation);

    public async Task WaitForChangeAsync(CancellationToken cancellation)
    {
        if (_listening is null)
        {
            // Read right after this: what was announced before we listened is in what is read then.
            _listening = await StateTables.GuardedAsync(ListenAsync, cancellation);
            return;
        }

        try
        {
            await _listening.WaitAsync(_longestSilence, cancellation);
        }
        catch (Exception e) when (StateTables.IsFault(e))
        {
            await LeaveAsync();
            throw StateTables.Unavailable(e);
        }
    }

    public async ValueTask DisposeAsync() => await LeaveAsync();

    private async Task<NpgsqlConnection> ListenAsync(CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        try
        {
            await using var listen = new NpgsqlCommand($"listen {Channel}", connection);
            await listen.ExecuteNonQueryAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async ValueTask LeaveAsync()
    {
        if (_listening is not { } connection)
            return;
        _listening = null;
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception e) when (StateTables.IsFault(e))
        {
            // It was broken already.
        }
    }
}
