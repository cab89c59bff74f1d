using System.Net;
using Microsoft.AspNetCore.Connections;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>Bounds how many connections there are, in all and of one address, before a handshake is spent on them.</summary>
internal sealed class ConnectionGate(LiveOptions<GuardOptions> options, AddressTable addresses, EdgeMetrics metrics)
{
    private int _open;

    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var limits = options.Current;
        AddressState? place = null;
        try
        {
            if (Interlocked.Increment(ref _open) > limits.MaxConnections)
            {
                Refuse(connection, EdgeRefusal.Connections);
                return;
            }

            if (connection.RemoteEndPoint is IPEndPoint { Address: var address } && !limits.Trusts(address)
                && !addresses.TryOpen(address, limits.MaxConnectionsPerAddress, out place))
            {
                Refuse(connection, EdgeRefusal.AddressConnections);
                return;
            }

            await next(connection);
        }
        finally
        {
            AddressTable.Close(place);
            Interlocked.Decrement(ref _open);
        }
    };

    private void Refuse(ConnectionContext connection, EdgeRefusal reason)
    {
        metrics.Refused(reason);
        connection.Abort(new ConnectionAbortedException("There are as many connections as there may be."));
    }
}
