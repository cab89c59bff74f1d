using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

/// <summary>A trust domain, and by what its workloads prove that they belong to it.</summary>
internal sealed class TrustDomainOptions
{
    public string Name { get; set; } = "";

    /// <summary>PEM of its roots, and of issuing certificates that its workloads don't send; read again when it changes. Only the suite's own trust domain needs none.</summary>
    [Mount(MountKind.File)]
    public string? BundleFile { get; set; }
}
