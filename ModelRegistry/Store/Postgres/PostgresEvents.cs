using Npgsql;
using Zakenak.Contracts;

namespace Zakenak.ModelRegistry;

/// <summary>Carries the changes of all replicas into this one's feed: woken by NOTIFY, and now and then without, should one get lost with its connection.</summary>
internal sealed class PostgresEvents(NpgsqlDataSource database, EventFeed feed, ILogger<PostgresEvents> logger) : IAsyncDisposable
{
    public const string Channel = "zakenak_registry";

    private static readonly TimeSpan _longestSilence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _pulling = new(1, 1);
    private Task _listening = Task.CompletedTask;

    /// <summary>Fills the feed and goes on listening.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PullAsync(cancellationToken).ConfigureAwait(false);
        _listening = Task.Run(ListenAsync, CancellationToken.None);
    }

    /// <summary>This replica made a change: its own subscribers need not wait for the notification.</summary>
    public void Wake() => _ = PullQuietlyAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        _stopping.Dispose();
        _pulling.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(_stopping.Token).ConfigureAwait(false);
                await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
                {
                    await listen.ExecuteNonQueryAsync(_stopping.Token).ConfigureAwait(false);
                }

                while (true)
                {
                    await PullAsync(_stopping.Token).ConfigureAwait(false);
                    await connection.WaitAsync(_longestSilence, _stopping.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (NpgsqlException e)
            {
                Log.ListeningFailed(logger, e);
                await Task.Delay(_retry, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PullQuietlyAsync()
    {
        try
        {
            await PullAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or ObjectDisposedException)
        {
            // The listener pulls again.
        }
    }

    private async Task PullAsync(CancellationToken cancellationToken)
    {
        await _pulling.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using var command = database.CreateCommand(
                $"select * from (select id, kind, name, version from registry_changes where id > $1 order by id desc limit {EventFeed.Capacity}) newest order by id");
            command.Parameters.Add(new NpgsqlParameter { Value = feed.LastId });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var events = new List<FeedEvent>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                events.Add(new FeedEvent(reader.GetInt64(0), new RegistryEvent(reader.GetString(1), reader.GetString(2), reader.GetString(3))));
            }

            feed.Append(events);
        }
        finally
        {
            _pulling.Release();
        }
    }
}
