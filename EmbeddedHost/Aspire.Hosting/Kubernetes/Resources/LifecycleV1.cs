namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Lifecycle</c>.</summary>
public sealed class LifecycleV1
{
    public LifecycleHandlerV1 PreStop { get; set; } = null!;
    public LifecycleHandlerV1 PostStart { get; set; } = null!;
}
