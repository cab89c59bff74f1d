using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>Section <c>Sockets</c>.</summary>
internal sealed class SocketsOptions
{
    public const string Section = "Sockets";

    /// <summary>Connections of everybody; beyond them 503.</summary>
    [Range(0, 100_000)]
    public int MaxConnections { get; set; } = 1024;

    /// <summary>Connections of one tenant; beyond them 429.</summary>
    [Range(1, 100_000)]
    public int MaxTenantConnections { get; set; } = 64;

    /// <summary>Requests that one connection may have under way.</summary>
    [Range(1, 1000)]
    public int MaxRequests { get; set; } = 8;

    /// <summary>How long a client may take to receive one event, before it counts as gone.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may have nothing under way.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Origins besides the gateway's own whose pages may connect, each <c>https://HOST[:PORT]</c>. What sends no origin is no page.</summary>
    public IList<string> AllowedOrigins { get; init; } = [];
}
