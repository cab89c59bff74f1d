namespace Zakenak.AppHost.Kubernetes.Helm;

/// <summary>A template that Helm, or the part of its language that is used here, does not take.</summary>
internal sealed class HelmException(string message) : Exception(message);
