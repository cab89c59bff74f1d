namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>TcpSocketAction</c>.</summary>
public sealed class TcpSocketActionV1
{
    public string Host { get; set; } = null!;
    public int Port { get; set; }
}
