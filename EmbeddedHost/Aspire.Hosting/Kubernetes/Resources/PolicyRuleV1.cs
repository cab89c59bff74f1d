using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>PolicyRule</c>.</summary>
public sealed class PolicyRuleV1
{
    public List<string> ApiGroups { get; } = [];
    [YamlMember(Alias = "nonResourceURLs")]
    public List<string> NonResourceUrLs { get; } = [];
    public List<string> ResourceNames { get; } = [];
    public List<string> Resources { get; } = [];
    public List<string> Verbs { get; } = [];
}
