using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>PodSpec</c>.</summary>
public sealed class PodSpecV1
{
    [YamlMember(Alias = "hostIPC")]
    public bool? HostIpc { get; set; }
    [YamlMember(Alias = "hostPID")]
    public bool? HostPid { get; set; }
    [YamlMember(Alias = "setHostnameAsFQDN")]
    public bool? SetHostnameAsFqdn { get; set; }
    public Dictionary<string, string> Overhead { get; } = [];
    public string? Hostname { get; set; } = null!;
    public string? NodeName { get; set; } = null!;
    public string? PriorityClassName { get; set; } = null!;
    public string? RuntimeClassName { get; set; } = null!;
    public string? SchedulerName { get; set; } = null!;
    public string? ServiceAccountName { get; set; } = null!;
    public bool? ShareProcessNamespace { get; set; }
    public bool? HostNetwork { get; set; }
    public bool? AutomountServiceAccountToken { get; set; }
    public string? Subdomain { get; set; } = null!;
    public Dictionary<string, string> NodeSelector { get; } = [];
    public long? ActiveDeadlineSeconds { get; set; }
    public List<ContainerV1> Containers { get; } = [];
    public bool? EnableServiceLinks { get; set; }
    public bool? HostUsers { get; set; }
    public List<LocalObjectReferenceV1> ImagePullSecrets { get; } = [];
    public List<ContainerV1> InitContainers { get; } = [];
    public long? TerminationGracePeriodSeconds { get; set; }
    public List<TolerationV1> Tolerations { get; } = [];
    public List<TopologySpreadConstraintV1> TopologySpreadConstraints { get; } = [];
    public List<VolumeV1> Volumes { get; } = [];
    public PodSecurityContextV1? SecurityContext { get; set; }
    public string? ServiceAccount { get; set; } = null!;
    public AffinityV1? Affinity { get; set; }
    public string? DnsPolicy { get; set; } = null!;
    public string? PreemptionPolicy { get; set; } = null!;
    public int? Priority { get; set; }
    public string? RestartPolicy { get; set; } = null!;
}
