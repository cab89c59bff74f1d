using Zakenak.ServiceDefaults;

namespace Zakenak.Cli.Peers;

/// <summary>A service at an address, and who this process is to it.</summary>
internal sealed record Peer(WorkloadIdentity Identity, Uri Url);
