using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;

namespace Aspire.Hosting.Kubernetes;

/// <summary>What one resource of the application is published as.</summary>
public class KubernetesResource(string name, IResource resource, KubernetesEnvironmentResource kubernetesEnvironmentResource) : Resource(name)
{
    public KubernetesEnvironmentResource Parent { get; } = kubernetesEnvironmentResource;

    public Workload? Workload { get; set; }

    public ConfigMap? ConfigMap { get; set; }

    public Secret? Secret { get; set; }

    public Service? Service { get; set; }

    /// <summary>Whatever belongs to it besides; each gets its labels.</summary>
    public List<BaseKubernetesResource> AdditionalResources { get; } = [];

    internal IResource TargetResource { get; } = resource;

    internal Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>What the templates refer to as <c>.Values.SECTION.RESOURCE.KEY</c>, by section.</summary>
    internal Dictionary<string, Dictionary<string, object>> Values { get; } = [];

    internal IEnumerable<BaseKubernetesResource> TemplatedResources()
    {
        foreach (var additional in AdditionalResources)
        {
            foreach (var (key, value) in Labels)
                additional.Metadata.Labels.TryAdd(key, value);
        }

        return new BaseKubernetesResource?[] { Workload, ConfigMap, Secret, Service }.OfType<BaseKubernetesResource>().Concat(AdditionalResources);
    }
}
