namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>Which bound on connections is reached.</summary>
internal enum SocketLimit
{
    Everybody,
    Tenant,
}
