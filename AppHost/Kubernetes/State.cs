using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>What outlives its pods: one writer with a volume of its own. The publisher knows Deployments alone.</summary>
internal static class State
{
    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var pod = service.Workload!.PodTemplate.Spec;
        if (!shape.KeepsState)
        {
            pod.Volumes.Add(new() { Name = "state", EmptyDir = new() { SizeLimit = "256Mi" } });
            Volumes.Mount(pod, "state", PodPaths.State, readOnly: false);
            return;
        }

        var deployment = (Deployment)service.Workload;
        var stateful = new StatefulSet { Metadata = { Name = $"{shape.Name}-stateful", Labels = deployment.Metadata.Labels } };
        stateful.Spec.ServiceName = service.Service!.Metadata.Name;
        stateful.Spec.Selector = deployment.Spec.Selector;
        stateful.Spec.Template = deployment.Spec.Template;
        stateful.Spec.Replicas = 1;
        stateful.Spec.RevisionHistoryLimit = 5;
        stateful.Spec.MinReadySeconds = 5;
        var claim = new PersistentVolumeClaim { Metadata = { Name = "state", Labels = Labels.Selecting(shape.Name) } };
        claim.Spec.AccessModes.Add("ReadWriteOnce");
        claim.Spec.Resources.Requests["storage"] = $"{{{{ .Values.{shape.Key}.storage.size }}}}";
        stateful.Spec.VolumeClaimTemplates.Add(claim);
        Volumes.Mount(pod, "state", PodPaths.State, readOnly: false);
        service.Workload = stateful;
    }
}
