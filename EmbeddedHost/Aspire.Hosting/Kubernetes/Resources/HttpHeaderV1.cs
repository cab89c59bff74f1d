namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>HttpHeader</c>.</summary>
public sealed class HttpHeaderV1
{
    public string Name { get; set; } = null!;
    public string Value { get; set; } = null!;
}
