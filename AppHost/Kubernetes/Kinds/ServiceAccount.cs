using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes.Kinds;

/// <summary>An account whose token no pod gets unasked; the publisher's own kind can't say that.</summary>
internal sealed class ServiceAccount() : BaseKubernetesResource("v1", "ServiceAccount")
{
    public bool AutomountServiceAccountToken { get; set; }
}
