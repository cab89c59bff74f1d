namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>PodSecurityContext</c>.</summary>
public sealed class PodSecurityContextV1
{
    public AppArmorProfileV1? AppArmorProfile { get; set; }
    public SeccompProfileV1? SeccompProfile { get; set; }
    public long? FsGroup { get; set; }
    public long? RunAsGroup { get; set; }
    public long? RunAsUser { get; set; }
    public List<long> SupplementalGroups { get; } = [];
    public bool? RunAsNonRoot { get; set; }
    public string FsGroupChangePolicy { get; set; } = null!;
    public string SupplementalGroupsPolicy { get; set; } = null!;
}
