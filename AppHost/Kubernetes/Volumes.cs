using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>What pods read and write: everything that is mounted is read-only, but for scratch space and a service's own state.</summary>
internal static class Volumes
{
    /// <summary>0440: the kubelet owns the files, the pod's group reads them.</summary>
    public const int OwnerReads = 288;

    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var pod = service.Workload!.PodTemplate.Spec;
        pod.Volumes.Add(new() { Name = "scratch", EmptyDir = new() { Medium = "Memory", SizeLimit = "64Mi" } });
        Mount(pod, "scratch", PodPaths.Scratch, readOnly: false);

        // A Secret here; a Vault agent or a CSI driver by value, see SecretSources.
        pod.Volumes.Add(new() { Name = "secrets", Secret = new() { SecretName = $"{shape.Name}-secrets", Optional = true, DefaultMode = OwnerReads } });
        Mount(pod, "secrets", PodPaths.Secrets);
    }

    /// <summary>A ConfigMap that somebody provides.</summary>
    public static void FromConfigMap(KubernetesResource service, string volume, string name, string path)
    {
        var pod = service.Workload!.PodTemplate.Spec;
        pod.Volumes.Add(new() { Name = volume, ConfigMap = new() { Name = name, DefaultMode = OwnerReads } });
        Mount(pod, volume, path);
    }

    /// <summary>Mounts the volume in every container of the pod.</summary>
    public static void Mount(PodSpecV1 pod, string volume, string path, bool readOnly = true)
    {
        foreach (var container in pod.Containers.Concat(pod.InitContainers))
            container.VolumeMounts.Add(new() { Name = volume, MountPath = path, ReadOnly = readOnly });
    }
}
