using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>
/// What outlives its pods: one writer with a volume, or replicas with a volume each, whose logs are chains of their own. The publisher knows
/// Deployments alone.
/// </summary>
internal static class State
{
    private const string Volume = "state";

    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var pod = service.Workload!.PodTemplate.Spec;
        Volumes.Mount(pod, Volume, PodPaths.State, readOnly: false);
        if (!shape.KeepsState)
        {
            pod.Volumes.Add(new() { Name = Volume, EmptyDir = new() { SizeLimit = "256Mi" } });
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

        // One that does not come up keeps no other from it, and no rollback from itself: in order, a pod that is not ready is waited for before it is replaced.
        stateful.Spec.PodManagementPolicy = "Parallel";
        var claim = new PersistentVolumeClaim { Metadata = { Name = Volume, Labels = Labels.Selecting(shape.Name) } };
        claim.Spec.AccessModes.Add("ReadWriteOnce");
        claim.Spec.Resources.Requests["storage"] = $"{{{{ .Values.{shape.Key}.storage.size }}}}";
        stateful.Spec.VolumeClaimTemplates.Add(claim);
        service.Workload = stateful;
    }

    /// <summary>
    /// The knobs of the volumes. Of replicas that keep state each for itself there may be a Deployment instead, by value: its pods come before the
    /// old ones go, anywhere, and leave nothing.
    /// </summary>
    public static void AddTo(ChartFiles chart, ServiceShape shape)
    {
        var (values, key) = (chart.Values, shape.Key);
        var workload = chart.Template(ServiceValues.WorkloadOf(shape));
        values.Describe($"{key}.storage", shape.IsOneWriter ? "The volume for what it keeps." : "The volumes for what each pod keeps: the log of its requests, and what is stopped and rolled out where there is no PostgreSQL.");
        if (!shape.IsOneWriter)
        {
            values.Add($"{key}.storage.persistent", "true", "Whether a pod's volume stays when it goes. false: no log of requests is kept, and what was stopped goes with the pod.", """{ "type": "boolean" }""");
            AddFleeting(workload, shape);
        }

        values.Add($"{key}.storage.size", $"\"{shape.StateGiB}Gi\"", shape.IsOneWriter ? "Its size." : "Size of each.", ServiceValues.Quantity);
        values.Add($"{key}.storage.className", "\"\"", $"{(shape.IsOneWriter ? "Its" : "Their")} storage class; empty: the cluster's default.", Provided.NameOrNone);
        ClaimOf(workload)["spec"].When($"with $.Values.{key}.storage.className", ("storageClassName", TemplateYaml.Text("{{ . }}")));
    }

    /// <summary>A text that depends on whether pods of the service have volumes that stay.</summary>
    public static string ByStorage(ServiceShape shape, string persistent, string fleeting) =>
        shape.KeepsState && !shape.IsOneWriter ? $"{{{{ if $.Values.{shape.Key}.storage.persistent }}}}{persistent}{{{{ else }}}}{fleeting}{{{{ end }}}}"
        : shape.KeepsState ? persistent
        : fleeting;

    /// <summary>Kind of the service's workload.</summary>
    public static string KindOf(ServiceShape shape) => ByStorage(shape, "StatefulSet", "Deployment");

    /// <summary>Name of the service's workload.</summary>
    public static string NameOf(ServiceShape shape) => $"{shape.Name}-{ByStorage(shape, "stateful", "deployment")}";

    private static void AddFleeting(YamlMappingNode workload, ServiceShape shape)
    {
        var stays = $"if $.Values.{shape.Key}.storage.persistent";
        var goes = $"if not $.Values.{shape.Key}.storage.persistent";
        workload.Set("kind", TemplateYaml.Text(KindOf(shape)));
        workload["metadata"].Set("name", TemplateYaml.Text(NameOf(shape)));
        ((YamlSequenceNode)workload.Pod()["volumes"]).Add(YamlTreeExtensions.ItemsWhen(goes, TemplateYaml.Node($$"""
            name: "{{Volume}}"
            emptyDir:
              sizeLimit: "256Mi"
            """)));

        var spec = (YamlMappingNode)workload["spec"];
        var (name, policy, claims) = (spec["serviceName"], spec["podManagementPolicy"], spec["volumeClaimTemplates"]);
        foreach (var part in new[] { "serviceName", "podManagementPolicy", "volumeClaimTemplates" })
            spec.Children.Remove(part);
        spec.When(stays, ("serviceName", name), ("podManagementPolicy", policy), ("volumeClaimTemplates", claims));
        spec.When(goes, ("progressDeadlineSeconds", TemplateYaml.Helm($"{Rollout.DeadlineSeconds}")), ("strategy", TemplateYaml.Node("""
            type: "RollingUpdate"
            rollingUpdate:
              maxUnavailable: 0
              maxSurge: 1
            """)));
    }

    private static YamlNode ClaimOf(YamlMappingNode workload) => workload["spec"].AllNodes.OfType<YamlMappingNode>()
        .Select(node => node.Children.TryGetValue("volumeClaimTemplates", out var claims) ? claims : null).OfType<YamlSequenceNode>().Single()[0];
}
