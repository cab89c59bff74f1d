using Aspire.Hosting.Kubernetes;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Where pods run: spread over zones and nodes, so that one that is lost takes few of a service with it; and who goes first when room is short.</summary>
internal static class Placement
{
    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var pod = service.Workload!.PodTemplate.Spec;
        pod.PriorityClassName = "{{ .Release.Namespace }}-serving";
        foreach (var key in new[] { "topology.kubernetes.io/zone", "kubernetes.io/hostname" })
        {
            // As far as it goes: a cluster of one node runs the suite too.
            pod.TopologySpreadConstraints.Add(new()
            {
                MaxSkew = 1,
                TopologyKey = key,
                WhenUnsatisfiable = "ScheduleAnyway",
                LabelSelector = new(Labels.Selecting(shape.Name)),
            });
        }

        pod.Affinity = new()
        {
            // The API server refuses a node selector without a term, which is what a new one is.
            NodeAffinity = null!,
            PodAffinity = null!,
            PodAntiAffinity = new()
            {
                PreferredDuringSchedulingIgnoredDuringExecution =
                {
                    new()
                    {
                        Weight = 100,

                        // No selector of namespaces means our own; an empty one would mean all.
                        PodAffinityTerm = new() { TopologyKey = "kubernetes.io/hostname", LabelSelector = new(Labels.Selecting(shape.Name)), NamespaceSelector = null! },
                    },
                },
            },
        };
    }
}
