namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Capabilities</c>.</summary>
public sealed class CapabilitiesV1
{
    public List<string> Add { get; } = [];
    public List<string> Drop { get; } = [];
}
