namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>NodeSelector</c>.</summary>
public sealed class NodeSelectorV1;
