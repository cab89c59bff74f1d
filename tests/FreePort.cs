using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Zakenak;

/// <summary>
/// Ports for what a test starts later, or never. They come from below the range (usually from 32768 up) out of which the kernel takes ports for outgoing
/// connections, as one of those could take a port before its server listens there; and from below those that EmbeddedHost hands out.
/// </summary>
internal static class FreePort
{
    private const int Lowest = 12000;
    private const int Highest = 20000;

    // Of UDP, which nothing here speaks: whoever holds the number there, until its program ends, is the only test program to give it away.
    private static readonly ConcurrentBag<Socket> _reservations = [];

    /// <summary>A port of loopback on which nobody listens, never the same twice while the tests run.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(Lowest, Highest);
            if (TryReserve(port) && CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port)))
                return port;
        }

        throw new InvalidOperationException($"No free TCP port was found between {Lowest} and {Highest}.");
    }

    private static bool TryReserve(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _reservations.Add(socket);
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }
    }

    private static bool CanBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable)
        {
            return true; // the kernel knows IPv6, but loopback has no such address
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
