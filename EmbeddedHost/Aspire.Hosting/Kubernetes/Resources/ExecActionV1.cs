namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ExecAction</c>.</summary>
public sealed class ExecActionV1
{
    public List<string> Command { get; } = [];
}
