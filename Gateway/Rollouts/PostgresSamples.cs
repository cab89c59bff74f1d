using Npgsql;
using Zakenak.Gateway.State;
using static Zakenak.Postgres.Parameter;

namespace Zakenak.Gateway.Rollouts;

/// <summary>What all replicas saw, in PostgreSQL; what one that is gone saw stays counted.</summary>
internal sealed class PostgresSamples(NpgsqlDataSource database) : ISampleExchange
{
    // This database's own: "zkrol".
    private const long SchemaLock = 0x7a6b_726f_6c01;

    private readonly Guid _replica = Guid.CreateVersion7();

    private readonly StateTables _tables = new(database, SchemaLock,
        """
        create table if not exists gateway_rollout_samples (
            rollout text not null, step integer not null, replica uuid not null,
            stable bigint[] not null, candidate bigint[] not null, seen_at timestamptz not null default now(),
            primary key (rollout, step, replica));
        delete from gateway_rollout_samples where seen_at < now() - interval '30 days';
        """);

    public Task<(long[] Stable, long[] Candidate)> ExchangeAsync(StepSample own, CancellationToken cancellation) => _tables.UseAsync(async token =>
    {
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
        await using var reader = await batch.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            Add(stable, reader.GetFieldValue<long[]>(0));
            Add(candidate, reader.GetFieldValue<long[]>(1));
        }

        return (stable, candidate);
    }, cancellation);

    /// <summary>A row of another release may have another number of buckets.</summary>
    private static void Add(long[] sum, long[] counts)
    {
        for (var i = 0; i < Math.Min(sum.Length, counts.Length); i++)
            sum[i] += counts[i];
    }
}
