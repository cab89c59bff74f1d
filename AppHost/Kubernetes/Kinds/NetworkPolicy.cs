using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes.Kinds;

/// <summary>Which connections pods take and make; the publisher has no such kind.</summary>
internal sealed class NetworkPolicy() : BaseKubernetesResource("networking.k8s.io/v1", "NetworkPolicy")
{
    public NetworkPolicySpec Spec { get; } = new();
}

/// <summary>Pods, and what is allowed for them.</summary>
internal sealed class NetworkPolicySpec
{
    public LabelSelectorV1 PodSelector { get; set; } = new();

    public List<string> PolicyTypes { get; } = ["Ingress", "Egress"];

    public List<NetworkRule> Ingress { get; } = [];

    public List<NetworkRule> Egress { get; } = [];
}

/// <summary>One edge: from or to somebody, at some ports.</summary>
internal sealed class NetworkRule
{
    public List<NetworkPeer> From { get; } = [];

    public List<NetworkPeer> To { get; } = [];

    public List<NetworkPort> Ports { get; } = [];
}

/// <summary>Pods of our namespace, pods of others, or addresses.</summary>
internal sealed class NetworkPeer
{
    public LabelSelectorV1? NamespaceSelector { get; set; }

    public LabelSelectorV1? PodSelector { get; set; }

    public IpBlock? IpBlock { get; set; }
}

/// <summary>Addresses.</summary>
internal sealed class IpBlock
{
    public required string Cidr { get; init; }
}

/// <summary>A port of a pod.</summary>
internal sealed class NetworkPort
{
    public string Protocol { get; init; } = "TCP";

    public required Int32OrStringV1 Port { get; init; }
}
