using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes.Scale;

/// <summary>A service of which there may be more when there is more to do. One writer is not among them.</summary>
/// <param name="Key">Its section of the values.</param>
/// <param name="MemoryPercent">Memory in use at which another pod is wanted; null where what a pod takes doesn't depend on what it does.</param>
/// <param name="Triggers">What KEDA may look at.</param>
internal sealed record ScaledService(string Name, string Key, int Least, int Most, int? MemoryPercent, ScaleTrigger[] Triggers)
{
    // No other version's name fits.
    private const string DeploymentPods = "-[a-z0-9]+-[a-z0-9]+";

    private const string Pods = "namespace=\"{{ $.Release.Namespace }}\",pod=~\"$pods\"";

    public static IReadOnlyList<ScaledService> All { get; } =
    [
        new(ServiceNames.Gateway, "gateway", 2, 10, 150,
        [
            new("requestsPerSecond", "200", "AverageValue", "Requests a second that a pod takes.", $"sum(rate(gen_ai_server_request_duration_seconds_count{{{Pods}}}[2m]))"),
        ]),
        new(ServiceNames.ModelServer, "modelServer", 1, 8, null,
        [
            new("queueDepth", "8", "AverageValue", "Sequences that may wait for each pod.", $"sum(zakenak_queue_depth{{{Pods}}})"),
            new("firstTokenSeconds", "2", "Value", "The 95th percentile of the time to the first token.", $"histogram_quantile(0.95, sum by (le) (rate(gen_ai_server_time_to_first_token_seconds_bucket{{{Pods}}}[2m])))"),
            new("requestsPerSecond", "20", "AverageValue", "Requests a second that a pod takes.", $"sum(rate(gen_ai_server_request_duration_seconds_count{{{Pods}}}[2m]))"),
        ]),
        new(ServiceNames.FeatureProxy, "featureProxy", 2, 6, 150,
        [
            new("requestsPerSecond", "500", "AverageValue", "Requests a second that a pod takes.", $"sum(rate(zakenak_feature_request_duration_seconds_count{{{Pods}}}[2m]))"),
        ]),
    ];

    public ServiceShape Shape => ServiceShape.Of(Name);

    /// <summary>A model server has a Deployment for each version, within <c>range</c>.</summary>
    public bool HasVersions => Name == ServiceNames.ModelServer;

    /// <summary>Name of the workload, and of what scales it.</summary>
    public string Target => HasVersions ? Name + "-{{ .name }}-{{ .version }}" : State.NameOf(Shape);

    /// <summary>Names of its pods, as a regular expression.</summary>
    public string TargetPods => HasVersions ? Target + DeploymentPods : Name + State.ByStorage(Shape, "-stateful-[0-9]+", "-deployment" + DeploymentPods);
}
