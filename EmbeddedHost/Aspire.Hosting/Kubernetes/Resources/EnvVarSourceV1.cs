namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>EnvVarSource</c>.</summary>
public sealed class EnvVarSourceV1
{
    public ObjectFieldSelectorV1? FieldRef { get; set; }
}
