namespace Zakenak.ServiceDefaults;

/// <summary>A port that a service listens on outside development; always TLS.</summary>
/// <param name="Name">Of the port of a container and of a Service.</param>
/// <param name="Key">The configuration key that sets it.</param>
/// <param name="ClientCertificate"><c>required</c>, <c>optional</c> or <c>none</c>.</param>
public sealed record ServicePort(string Name, string Key, string ClientCertificate)
{
    /// <summary>As configured now; 0 takes a free one.</summary>
    public int Port { get; init; }
}
