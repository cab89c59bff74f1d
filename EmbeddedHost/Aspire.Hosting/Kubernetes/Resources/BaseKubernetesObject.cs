using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Whatever is written with an API version and a kind.</summary>
public abstract class BaseKubernetesObject(string? apiVersion = null, string? kind = null)
{
    [YamlMember(Order = -2)]
    public string? Kind { get; set; } = kind;
    [YamlMember(Order = -3)]
    public string? ApiVersion { get; set; } = apiVersion;
}
