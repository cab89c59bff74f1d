using System.Net;
using System.Net.Sockets;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>Free ports of loopback.</summary>
internal static class Ports
{
    /// <summary>Different ones; held together until all are known.</summary>
    public static int[] Find(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }
}
