using Aspire.Hosting.Kubernetes;
using Zakenak.AppHost.Kubernetes.Kinds;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Who a pod is. The account's name is the last part of its SPIFFE id; the only token in the pod is bound to it and good at the authority alone.</summary>
internal static class ServiceAccounts
{
    /// <summary>What the authority asks the API server for; see its <c>CertAuthority:Kubernetes:Audience</c>.</summary>
    public const string Audience = "zakenak-ca";

    // The kubelet renews it at 80 % of its life; a token that leaks is soon worthless. Ten minutes is the shortest that the API server gives.
    private const long TokenSeconds = 600;

    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        service.AdditionalResources.Add(new ServiceAccount { Metadata = { Name = shape.Name } });
        var pod = service.Workload!.PodTemplate.Spec;
        pod.ServiceAccountName = shape.Name;
        pod.AutomountServiceAccountToken = false;
        pod.Volumes.Add(new()
        {
            Name = "identity",
            Projected = new() { DefaultMode = Volumes.OwnerReads, Sources = { new() { ServiceAccountToken = new() { Audience = Audience, ExpirationSeconds = TokenSeconds, Path = "token" } } } },
        });
        Volumes.Mount(pod, "identity", PodPaths.Identity);

        // The authority gives itself its certificate.
        if (shape.Name != ServiceNames.CertAuthority)
            service.ConfigMap!.Data["Identity__TokenFile"] = PodPaths.Identity + "/token";
    }
}
