using System.Net;
using System.Net.Sockets;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>Looks whether ports can be had before Kestrel asks for them: so that a taken one is named with what to do about it.</summary>
internal static class PortProbe
{
    /// <summary>
    /// Where to listen: for 127.0.0.1 on ::1 too where the machine has it, because browsers try that first for localhost, and
    /// somebody else's listener there would get our clients' keys.
    /// </summary>
    /// <exception cref="StartRefusedException">The port is taken.</exception>
    public static IEnumerable<IPEndPoint> Find(IPAddress address, int port, string key)
    {
        yield return Check(new IPEndPoint(address, port), key) ?? throw new StartRefusedException($"{address} is no address of this machine (Listen:Address).", ExitCodes.Misconfigured);
        if (port != 0 && address.Equals(IPAddress.Loopback) && Check(new IPEndPoint(IPAddress.IPv6Loopback, port), key) is { } second)
            yield return second;
    }

    private static IPEndPoint? Check(IPEndPoint endPoint, string key)
    {
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(endPoint);
            return endPoint;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            throw new StartRefusedException(
                $"port {endPoint.Port} on {endPoint.Address} is taken. Stop what listens there, or choose another port with {key} (environment {key.Replace(":", "__", StringComparison.Ordinal)}).",
                ExitCodes.Misconfigured,
                e);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            throw new StartRefusedException($"port {endPoint.Port} may not be used by this user. Choose one above 1023 with {key}.", ExitCodes.Misconfigured, e);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
