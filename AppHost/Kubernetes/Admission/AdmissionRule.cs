namespace Zakenak.AppHost.Kubernetes.Admission;

/// <summary>What pods of the namespace must be, in CEL: the same words for the API server and for Kyverno.</summary>
/// <param name="Name">The policy's name, before the namespace's.</param>
/// <param name="Applies">Which pods; null for all.</param>
/// <param name="Checks">What must be true, and what is said where it is not.</param>
internal sealed record AdmissionRule(string Name, string? Applies, params (string Expression, string Message)[] Checks);
