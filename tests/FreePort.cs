using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Zakenak;

/// <summary>
/// Ports for what a test starts later, or never. They come from below the range (usually from 32768 up) out of which the kernel takes ports for outgoing
/// connections, as one of those could take a port before its server listens there; and by chance, as two test programs may look at the same time.
/// </summary>
internal static class FreePort
{
    private const int Lowest = 12000;
    private const int Highest = 32000;

    private static readonly ConcurrentDictionary<int, bool> _given = new();

    /// <summary>A port of loopback on which nobody listens, never the same twice in one program.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(Lowest, Highest);
            if (_given.TryAdd(port, true) && CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port)))
                return port;
        }

        throw new InvalidOperationException($"No free TCP port was found between {Lowest} and {Highest}.");
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
