using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ContainerPort</c>.</summary>
public sealed class ContainerPortV1
{
    [YamlMember(Alias = "hostIP")]
    public string HostIp { get; set; } = null!;
    public string Name { get; set; } = null!;
    public string Protocol { get; set; } = null!;
    public Int32OrStringV1? ContainerPort { get; set; }
    public Int32OrStringV1? HostPort { get; set; }
}
