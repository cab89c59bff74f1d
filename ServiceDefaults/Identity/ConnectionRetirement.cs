using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Primitives;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// Ends connections that were opened with a replaced SVID without failing a request. A busy one ends with its next answer
/// (<c>Connection: close</c>, which a client cannot race with); closing an idle one outright could meet a request on its way, so the
/// client's pool gets the time to drop it first, and only what is left then is asked to close.
/// </summary>
internal sealed class ConnectionRetirement : IStartupFilter, IDisposable
{
    // Beyond the idle timeout of our clients' pools.
    private static readonly TimeSpan _idleGrace = WorkloadHttpHandler.IdleTimeout * 2;

    private readonly ConcurrentDictionary<WatchedConnection, byte> _connections = new();
    private readonly IWorkloadIdentity _identity;
    private readonly TimeProvider _time;
    private readonly IDisposable _rotations;
    private readonly CancellationTokenSource _disposed = new();

    public ConnectionRetirement(IWorkloadIdentity identity, TimeProvider time)
    {
        (_identity, _time) = (identity, time);
        _rotations = ChangeToken.OnChange(identity.GetChangeToken, () => _ = CloseRetiredAfterGraceAsync());
    }

    /// <summary>Connections still open that use a replaced SVID.</summary>
    internal int RetiredCount => _connections.Keys.Count(c => c.Svid != _identity.Current);

    /// <summary>Connection middleware, behind TLS.</summary>
    public ConnectionDelegate Watch(ConnectionDelegate next) => async connection =>
    {
        var watched = new WatchedConnection(connection, connection.Features.Get<Svid>() ?? _identity.Current, _time.GetUtcNow());
        connection.Features.Set(watched);
        _connections.TryAdd(watched, 0);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            _connections.TryRemove(watched, out _);
        }
    };

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            if (context.Features.Get<WatchedConnection>() is { } connection && IsRetired(connection, context.Features.Get<PeerFeature>()))
            {
                context.Response.Headers.Connection = "close";
            }

            return following(context);
        });
        next(app);
    };

    public void Dispose()
    {
        if (_disposed.IsCancellationRequested)
        {
            return; // registered under two types, so disposed twice
        }

        _rotations.Dispose();
        _disposed.Cancel();
        _disposed.Dispose();
    }

    // Ours was replaced, or half of what the peer's had left when it connected is over. A peer that renews in time has another SVID by the
    // first or second such end; one that cannot renew reconnects ever more often, but never with every request.
    private bool IsRetired(WatchedConnection connection, PeerFeature? peer) =>
        connection.Svid != _identity.Current
        || (peer is not null && _time.GetUtcNow() - connection.OpenedAt > (peer.NotAfter - connection.OpenedAt) / 2);

    private async Task CloseRetiredAfterGraceAsync()
    {
        var retired = _connections.Keys.Where(c => c.Svid != _identity.Current).ToArray();
        try
        {
            await Task.Delay(_idleGrace, _time, _disposed.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        foreach (var connection in retired.Where(_connections.ContainsKey))
        {
            connection.Connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    private sealed record WatchedConnection(ConnectionContext Connection, Svid Svid, DateTimeOffset OpenedAt);
}
