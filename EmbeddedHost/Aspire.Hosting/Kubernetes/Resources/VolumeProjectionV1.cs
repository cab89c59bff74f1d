using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>VolumeProjection</c>.</summary>
public sealed class VolumeProjectionV1
{
    public ConfigMapProjectionV1? ConfigMap { get; set; }
    [YamlMember(Alias = "downwardAPI")]
    public DownwardApiProjectionV1? DownwardApi { get; set; }
    public SecretProjectionV1? Secret { get; set; }
    public ServiceAccountTokenProjectionV1? ServiceAccountToken { get; set; }
}
