namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Toleration</c>.</summary>
public sealed class TolerationV1
{
    public string Value { get; set; } = null!;
    public string Operator { get; set; } = null!;
    public long? TolerationSeconds { get; set; }
    public string Effect { get; set; } = null!;
    public string Key { get; set; } = null!;
}
