namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>SleepAction</c>.</summary>
public sealed class SleepActionV1
{
    public long Seconds { get; set; }
}
