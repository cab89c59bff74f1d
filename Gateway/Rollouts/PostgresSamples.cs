using Npgsql;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.Rollouts;

/// <summary>What all replicas saw, in PostgreSQL; what one that is gone saw stays counted.</summary>
internal sealed class PostgresSamples(NpgsqlDataSource database) : ISampleExchange
{
    // This database's own: "zkrol".
    private const long SchemaLock = 0x7a6b_726f_6c01;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    private readonly Guid _replica = Guid.CreateVersion7();
    private volatile bool _hasTable;

    public async Task<(long[] Stable, long[] Candidate)> ExchangeAsync(StepSample own, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_patience);
        try
        {
            await MakeTableAsync(deadline.Token);
            var (stable, candidate) = (own.Stable.Counts(), own.Candidate.Counts());
            await using var batch = database.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                insert into gateway_rollout_samples (rollout, step, replica, stable, candidate) values ($1, $2, $3, $4, $5)
                on conflict (rollout, step, replica) do update set stable = excluded.stable, candidate = excluded.candidate, seen_at = now()
                """)
            {
                Parameters = { Value(own.Rollout), Value(own.Step), Value(_replica), Value(stable), Value(candidate) },
            });
            batch.BatchCommands.Add(new NpgsqlBatchCommand("select stable, candidate from gateway_rollout_samples where rollout = $1 and step = $2 and replica <> $3")
            {
                Parameters = { Value(own.Rollout), Value(own.Step), Value(_replica) },
            });
            await using var reader = await batch.ExecuteReaderAsync(deadline.Token);
            while (await reader.ReadAsync(deadline.Token))
            {
                Add(stable, reader.GetFieldValue<long[]>(0));
                Add(candidate, reader.GetFieldValue<long[]>(1));
            }

            return (stable, candidate);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new StateUnavailableException($"The database does not answer: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    private async Task MakeTableAsync(CancellationToken cancellation)
    {
        if (_hasTable)
            return;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var command = new NpgsqlCommand(
            $"""
            select pg_advisory_xact_lock({SchemaLock});
            create table if not exists gateway_rollout_samples (
                rollout text not null, step integer not null, replica uuid not null,
                stable bigint[] not null, candidate bigint[] not null, seen_at timestamptz not null default now(),
                primary key (rollout, step, replica));
            delete from gateway_rollout_samples where seen_at < now() - interval '30 days';
            """, connection))
            await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        _hasTable = true;
    }

    /// <summary>A row of another release may have another number of buckets.</summary>
    private static void Add(long[] sum, long[] counts)
    {
        for (var i = 0; i < Math.Min(sum.Length, counts.Length); i++)
            sum[i] += counts[i];
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };
}
