namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Probe</c>.</summary>
public sealed class ProbeV1
{
    public ExecActionV1? Exec { get; set; }
    public int? FailureThreshold { get; set; }
    public int? SuccessThreshold { get; set; }
    public int? InitialDelaySeconds { get; set; }
    public int? PeriodSeconds { get; set; }
    public long? TerminationGracePeriodSeconds { get; set; }
    public int? TimeoutSeconds { get; set; }
    public HttpGetActionV1? HttpGet { get; set; }
    public TcpSocketActionV1? TcpSocket { get; set; }
}
