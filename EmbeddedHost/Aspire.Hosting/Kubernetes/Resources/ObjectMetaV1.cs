namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ObjectMeta</c>.</summary>
public sealed class ObjectMetaV1
{
    public string Uid { get; set; } = null!;
    public string GenerateName { get; set; } = null!;
    public string Name { get; set; } = null!;
    public string Namespace { get; set; } = null!;
    public string SelfLink { get; set; } = null!;
    public long? Generation { get; set; }
    public string ResourceVersion { get; set; } = null!;
    public DateTime? CreationTimestamp { get; set; }
    public DateTime? DeletionTimestamp { get; set; }
    public Dictionary<string, string> Annotations { get; } = [];
    public long? DeletionGracePeriodSeconds { get; set; }
    public List<string> Finalizers { get; } = [];
    public Dictionary<string, string> Labels { get; set; } = [];
}
