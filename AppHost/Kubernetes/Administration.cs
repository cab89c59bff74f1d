using Aspire.Hosting.Kubernetes;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Who may administer the gateway, and from where, by value. Nobody and from nowhere unless named; <c>kubectl port-forward</c> goes past network policies.</summary>
internal static class Administration
{
    /// <summary>Schema of a workload's SPIFFE id.</summary>
    public const string SpiffeId = """{ "type": "string", "pattern": "^spiffe://[a-z0-9._-]+(/[A-Za-z0-9._-]+)+$" }""";

    private const string Writers = "gateway.admin.writers";
    private const string Readers = "gateway.admin.readers";

    public static void Apply(KubernetesResource gateway)
    {
        gateway.ConfigMap!.Data["Admin__Writers"] = Configuration.Json(Writers);
        gateway.ConfigMap.Data["Admin__Readers"] = Configuration.Json(Readers);
    }

    public static void AddTo(ChartValues values)
    {
        const string Ids = $$"""{ "type": "array", "items": {{SpiffeId}} }""";
        values.Describe("gateway.admin", "Who may administer the gateway: keys, rollouts, what is stopped.");
        values.Add(Writers, "[]", "SPIFFE ids that may look and change, e.g. spiffe://zakenak.local/ns/NAMESPACE/sa/operator.", Ids);
        values.Add(Readers, "[]", "SPIFFE ids that may look.", Ids);
    }
}
