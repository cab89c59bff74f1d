using Aspire.Hosting.Kubernetes;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Probes as the API server takes them.</summary>
internal static class Probes
{
    public static void Apply(KubernetesResource service)
    {
        var container = service.Workload!.PodTemplate.Spec.Containers[0];
        foreach (var probe in new[] { container.LivenessProbe, container.ReadinessProbe })
        {
            // The publisher writes the scheme in lower case, which the API server refuses; a name follows the port wherever it moves.
            probe!.HttpGet!.Scheme = "HTTPS";
            probe.HttpGet.Port = "management";
        }

        // Two minutes to start; what is asked is what tells life, and Aspire takes one probe for a path.
        container.StartupProbe = new()
        {
            HttpGet = container.LivenessProbe!.HttpGet,
            InitialDelaySeconds = 0,
            PeriodSeconds = 2,
            TimeoutSeconds = 2,
            FailureThreshold = 60,
            SuccessThreshold = 1,
        };
    }
}
