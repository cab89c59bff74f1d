using System.Net.Sockets;
using Npgsql;

namespace Zakenak.Gateway.State;

/// <summary>Tables of replicas' common state: made when first used, and what hangs or fails is <see cref="StateUnavailableException"/>.</summary>
/// <param name="schemaLock">Key of an advisory lock, this database's own.</param>
/// <param name="definition">SQL that makes them where they are missing.</param>
internal sealed class StateTables(NpgsqlDataSource database, long schemaLock, string definition)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    private volatile bool _made;

    /// <summary>Work on these tables.</summary>
    public Task<T> UseAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation) => GuardedAsync(async token =>
    {
        await MakeAsync(token);
        return await work(token);
    }, cancellation);

    public static async Task<T> GuardedAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_patience);
        try
        {
            return await work(deadline.Token);
        }
        catch (Exception e) when (IsFault(e) || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw Unavailable(e);
        }
    }

    public static bool IsFault(Exception e) => e is NpgsqlException or TimeoutException or SocketException or IOException;

    public static StateUnavailableException Unavailable(Exception e) => new($"The database does not answer: {e.InnerException?.Message ?? e.Message}", e);

    private async Task MakeAsync(CancellationToken cancellation)
    {
        if (_made)
            return;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
#pragma warning disable CA2100 // Only our own constants.
        await using (var command = new NpgsqlCommand($"select pg_advisory_xact_lock({schemaLock}); {definition}", connection))
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        _made = true;
    }
}
