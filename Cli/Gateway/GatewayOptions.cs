using Zakenak.Cli.Peers;

namespace Zakenak.Cli.Gateway;

/// <summary>Which gateway a command administers, and as whom.</summary>
internal sealed class GatewayOptions() : PeerOptions("--gateway", "gateway's admin listener");
