using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Zakenak.Gateway.Routing;

/// <summary><c>dns:HOST:PORT</c>: a name, such as that of a headless Service, each of whose addresses is a replica.</summary>
internal sealed record ReplicaName(string Host, int Port)
{
    private const string Prefix = "dns:";

    /// <summary>Null for anything else.</summary>
    public static ReplicaName? TryParse(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) && text[Prefix.Length..].Split(':') is [var host, var port]
        && Uri.CheckHostName(host) == UriHostNameType.Dns
        && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
            ? new ReplicaName(host, number)
            : null;

    public Uri AddressOf(IPAddress address) =>
        new($"https://{(address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address)}:{Port}");

    public override string ToString() => $"{Prefix}{Host}:{Port}";
}
