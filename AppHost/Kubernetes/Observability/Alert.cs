namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>One alert; what to do about it is in docs/metrics.md by its name.</summary>
/// <param name="Severity"><c>critical</c>: somebody gets up. <c>warning</c>: in working hours.</param>
/// <param name="For">How long it must hold.</param>
internal sealed record Alert(string Name, string Severity, string For, string Expression, string Summary);
