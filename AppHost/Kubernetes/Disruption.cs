using Aspire.Hosting.Kubernetes;
using Zakenak.AppHost.Kubernetes.Kinds;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Nodes are emptied one pod of a service at a time.</summary>
internal static class Disruption
{
    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var budget = new PodDisruptionBudget { Metadata = { Name = $"{shape.Name}-disruption" } };
        budget.Spec.Selector = new(Labels.Selecting(shape.Name));
        service.AdditionalResources.Add(budget);
    }
}
