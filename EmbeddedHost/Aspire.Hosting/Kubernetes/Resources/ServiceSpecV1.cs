using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ServiceSpec</c>.</summary>
public sealed class ServiceSpecV1
{
    [YamlMember(Alias = "clusterIP")]
    public string? ClusterIp { get; set; }
    [YamlMember(Alias = "loadBalancerIP")]
    public string? LoadBalancerIp { get; set; }
    public string? ExternalName { get; set; }
    public string Type { get; set; } = "ClusterIP";
    public string? TrafficDistribution { get; set; }
    public Dictionary<string, string> Selector { get; set; } = [];
    public bool? AllocateLoadBalancerNodePorts { get; set; }
    public List<string> ClusterIPs { get; } = [];
    public List<string> ExternalIPs { get; } = [];
    public List<string> IpFamilies { get; } = [];
    public string? LoadBalancerClass { get; set; }
    public List<string> LoadBalancerSourceRanges { get; } = [];
    public List<ServicePortV1> Ports { get; } = [];
    public bool? PublishNotReadyAddresses { get; set; }
    public int? HealthCheckNodePort { get; set; }
    public string? ExternalTrafficPolicy { get; set; }
    public string? InternalTrafficPolicy { get; set; }
    public string? IpFamilyPolicy { get; set; }
    public string? SessionAffinity { get; set; }
}
