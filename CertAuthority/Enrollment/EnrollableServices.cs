using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Which services of which namespaces may have an SVID, at enrollment and at every renewal.</summary>
internal sealed class EnrollableServices(IWorkloadIdentity own, IOptions<IssuingOptions> issuing, IOptions<KubernetesOptions> kubernetes)
{
    private static readonly Refusal _otherNamespace = new(StatusCodes.Status403Forbidden, "namespace_not_allowed", "This authority issues for another namespace.");
    private static readonly Refusal _noService = new(StatusCodes.Status403Forbidden, "service_not_allowed", "This service may not enroll.");

    public Refusal? Refuse(string? ns, string? service) =>
        !IsAllowed(ns) ? _otherNamespace
        : !issuing.Value.Services.Contains(service) ? _noService
        : null;

    public SpiffeId IdOf(string ns, string service) => SpiffeId.ForService(own.Id.TrustDomain, ns, service);

    private bool IsAllowed(string? ns) => kubernetes.Value.Namespaces is { Count: > 0 } named ? named.Contains(ns!) : ns == own.Id.Namespace;
}
