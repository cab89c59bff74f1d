using Zakenak.Cli.Peers;

namespace Zakenak.Cli.Registry;

/// <summary>Which registry a command speaks to, and who it is there.</summary>
internal sealed class RegistryOptions() : PeerOptions("--registry", "registry");
