using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>How pods are replaced and how they stop: nobody notices.</summary>
internal static class Rollout
{
    /// <summary>Time for every gateway and load balancer to learn that the pod takes nothing new.</summary>
    public const int PreStopSeconds = 10;

    /// <summary>After which a rollout that gets nowhere is reported: a model may be large.</summary>
    public const int DeadlineSeconds = 900;

    /// <summary>For the process to end after its last request.</summary>
    private const int MarginSeconds = 5;

    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var drain = DrainSeconds(shape);
        var pod = service.Workload!.PodTemplate.Spec;
        pod.TerminationGracePeriodSeconds = PreStopSeconds + drain + MarginSeconds;
        service.ConfigMap!.Data["Service__ShutdownTimeoutSeconds"] = drain.ToString(System.Globalization.CultureInfo.InvariantCulture);

        // The kubelet's own sleep: there is no shell in the image.
        pod.Containers[0].Lifecycle = new() { PreStop = new() { Exec = null!, HttpGet = null!, TcpSocket = null!, Sleep = new() { Seconds = PreStopSeconds } } };

        if (service.Workload is Deployment deployment)
        {
            deployment.Spec.Strategy = new() { Type = "RollingUpdate", RollingUpdate = new() { MaxUnavailable = 0, MaxSurge = 1 } };
            deployment.Spec.MinReadySeconds = 5;
            deployment.Spec.ProgressDeadlineSeconds = DeadlineSeconds;
            deployment.Spec.RevisionHistoryLimit = 5;
        }
    }

    // Answers that stream take their time; the rest answers at once.
    private static int DrainSeconds(ServiceShape shape) =>
        shape.Name is Contracts.ServiceNames.Gateway or Contracts.ServiceNames.ModelServer ? 120 : 20;
}
