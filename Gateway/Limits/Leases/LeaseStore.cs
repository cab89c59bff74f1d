using Npgsql;
using static Zakenak.Postgres.Parameter;

namespace Zakenak.Gateway.Limits.Leases;

/// <summary>The leases of all replicas, in PostgreSQL. One exchange at a time, over all replicas: it takes a few milliseconds.</summary>
internal sealed class LeaseStore(NpgsqlDataSource database) : ILeaseStore
{
    // This database's own: "zklim" and a number.
    private const long ExchangeLock = 0x7a6b_6c69_6d02;

    /// <summary>As long as nobody hangs, nobody waits for so long.</summary>
    private const string Bounds = "set local lock_timeout = '2s'; set local statement_timeout = '3s'; set local idle_in_transaction_session_timeout = '5s'";

    private const string Exchange =
        """
        with asked as (
            select * from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) as a (budget, kept, desired, needed, whole)),
        found as (
            select a.*,
                coalesce((select s.amount from limit_slices s where s.budget = a.budget and s.replica = $1), 0) as mine,
                coalesce((select sum(s.amount) from limit_slices s where s.budget = a.budget and s.replica <> $1), 0)::bigint as others
            from asked a),
        granted as (
            select budget, needed, others, greatest(least(kept, mine), least(desired, whole - others), 0) as amount from found),
        stored as (
            insert into limit_slices (budget, replica, amount, wanted)
            select budget, $1, amount, greatest(needed - amount, 0) from granted
            on conflict (budget, replica) do update set amount = excluded.amount, wanted = excluded.wanted
            returning budget, amount, wanted)
        select stored.budget, stored.amount, granted.others, stored.wanted from stored join granted using (budget)
        """;

    private const string Rivals =
        """
        select mine.budget, count(*)::int
        from limit_slices mine
        join limit_slices other on other.budget = mine.budget and other.replica <> mine.replica
        where mine.replica = $1 and other.replica <> all($2::uuid[])
        group by mine.budget having sum(other.wanted) > 0
        """;

    public Task OpenAsync(CancellationToken cancellation) => LeaseSchema.Tables.MigrateAsync(database, cancellation);

    /// <exception cref="NpgsqlException">The database failed.</exception>
    public async Task<LeaseAnswer> ExchangeAsync(LeaseQuestion question, CancellationToken cancellation)
    {
        var (replica, asks) = (question.Replica, question.Asks);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var bounds = new NpgsqlCommand($"{Bounds}; select pg_advisory_xact_lock({ExchangeLock})", connection))
            await bounds.ExecuteNonQueryAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("delete from limit_replicas r using unnest($1::uuid[], $2::bigint[]) as lost (id, beat) where r.id = lost.id and r.beat = lost.beat")
                {
                    Parameters = { Value(question.Lost.Select(l => l.Replica).ToArray()), Value(question.Lost.Select(l => l.Beat).ToArray()) },
                },
                new(
                    """
                    insert into limit_replicas (id, beat, kept_ms) values ($1, nextval('limit_beats'), $2)
                    on conflict (id) do update set beat = excluded.beat, kept_ms = excluded.kept_ms
                    returning xmax = 0
                    """)
                {
                    Parameters = { Value(replica), Value((long)question.Kept.TotalMilliseconds) },
                },
                new(Exchange)
                {
                    Parameters =
                    {
                        Value(replica), Value(asks.Select(a => a.Slice.Name).ToArray()), Value(asks.Select(a => a.Kept).ToArray()),
                        Value(asks.Select(a => a.Desired).ToArray()), Value(asks.Select(a => a.Needed).ToArray()), Value(asks.Select(a => a.Limit).ToArray()),
                    },
                },
                new("delete from limit_slices where replica = $1 and amount = 0 and wanted = 0") { Parameters = { Value(replica) } },
                new(Rivals) { Parameters = { Value(replica), Value(question.Silent.ToArray()) } },
                new("select id, beat, kept_ms from limit_replicas where id <> $1") { Parameters = { Value(replica) } },
            },
        };
        LeaseAnswer answer;
        await using (var reader = await batch.ExecuteReaderAsync(cancellation))
            answer = await ReadAsync(reader, cancellation);

        // From here on it happens, whether or not we hear of it.
        await transaction.CommitAsync(CancellationToken.None);
        return answer;
    }

    private static async Task<LeaseAnswer> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        await reader.ReadAsync(cancellation);
        var isNew = reader.GetBoolean(0);
        var granted = new Dictionary<string, SliceGrant>(StringComparer.Ordinal);
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            granted[reader.GetString(0)] = new SliceGrant(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        var rivals = new Dictionary<string, int>(StringComparer.Ordinal);
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            rivals[reader.GetString(0)] = reader.GetInt32(1) + 1;
        var others = new List<ReplicaSign>();
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            others.Add(new ReplicaSign(reader.GetGuid(0), reader.GetInt64(1), TimeSpan.FromMilliseconds(reader.GetInt64(2))));
        return new LeaseAnswer(isNew, granted, rivals, others);
    }
}
