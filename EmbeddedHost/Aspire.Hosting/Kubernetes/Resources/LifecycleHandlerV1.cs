namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>LifecycleHandler</c>.</summary>
public sealed class LifecycleHandlerV1
{
    public ExecActionV1 Exec { get; set; } = new();
    public SleepActionV1 Sleep { get; set; } = new();
    public HttpGetActionV1 HttpGet { get; set; } = new();
    public TcpSocketActionV1 TcpSocket { get; set; } = new();
}
