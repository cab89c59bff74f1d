namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>HttpGetAction</c>.</summary>
public sealed class HttpGetActionV1
{
    public string Scheme { get; set; } = null!;
    public string Path { get; set; } = null!;
    public List<HttpHeaderV1> HttpHeaders { get; } = [];
    public string Host { get; set; } = null!;
    public Int32OrStringV1? Port { get; set; }
}
